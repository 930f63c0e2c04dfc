"""Starts, kills and looks at an Ottla broker for the conformance tests."""

import os
import pathlib
import select
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


def binary():
    named = os.environ.get("OTTLA_BINARY")
    if named:
        return named
    for kind in ("release", "debug"):
        path = ROOT / ".build" / kind / "ottla"
        if path.exists():
            return str(path)
    raise RuntimeError("build the broker first: make build")


class Broker:
    """One node on a free port with a directory of its own. Use as a context manager."""

    node_ids = [1]

    def __init__(self, data=None, settings=(), args=(), open_files=None, environment=None, binary=None):
        self.temporary = None
        if data is None:
            self.temporary = tempfile.mkdtemp(prefix="ottla-")
            data = os.path.join(self.temporary, "data")
        self.data = str(data)
        self.settings = list(settings)
        self.args = list(args)
        self.open_file_limit = open_files
        self.binary = binary
        self.environment = {**os.environ, **(environment or {})}
        self.process = None
        self.port = 0
        self.log_path = tempfile.mktemp(prefix="ottla-log-")

    def start(self, timeout=30):
        command = [self.binary or binary(), "serve", "--data", self.data, "--listen", f"127.0.0.1:{self.port}"]
        for setting in self.settings:
            command += ["--set", setting]
        self.log = open(self.log_path, "a")
        started = time.monotonic()
        if self.open_file_limit:
            command = ["prlimit", f"--nofile={self.open_file_limit}:{self.open_file_limit}", *command]
        self.process = subprocess.Popen(command + self.args, stdout=subprocess.PIPE, stderr=self.log, env=self.environment)
        line = b""
        while not line.endswith(b"\n"):
            ready, _, _ = select.select([self.process.stdout], [], [], max(0.0, started + timeout - time.monotonic()))
            chunk = os.read(self.process.stdout.fileno(), 4096) if ready else b""
            if not chunk:
                self.kill()
                raise RuntimeError(f"the broker did not become ready: {self.logs()}")
            line += chunk
        self.started_after = time.monotonic() - started
        self.ready_line = line.decode().strip()
        self.port = int(self.ready_line.split()[2].rsplit(":", 1)[1])
        return self

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self):
        return self.process.pid

    def logs(self):
        with open(self.log_path) as file:
            return file.read()

    def is_alive(self):
        return self.process is not None and self.process.poll() is None

    def stop(self, timeout=20):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout)
        self._close()
        return code

    def kill(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self._close()

    def _close(self):
        self.process.stdout.close()
        self.log.close()

    def resident_bytes(self):
        with open(f"/proc/{self.pid}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")

    def open_files(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def open_sockets(self):
        count = 0
        for name in os.listdir(f"/proc/{self.pid}/fd"):
            try:
                count += os.readlink(f"/proc/{self.pid}/fd/{name}").startswith("socket:")
            except FileNotFoundError:
                pass  # closed meanwhile
        return count

    def connect(self, timeout=10):
        return socket.create_connection(("127.0.0.1", self.port), timeout)

    def call(self, request):
        """The answer's bytes behind the correlation id, on a connection of its own; None when it was closed instead."""
        with self.connect() as connection:
            connection.sendall(request)
            answer = read_frame(connection)
            return answer and answer[4:]

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        if self.is_alive():
            self.kill()
        if self.temporary:
            shutil.rmtree(self.temporary, ignore_errors=True)
        if os.path.exists(self.log_path):
            os.unlink(self.log_path)


def read_exactly(connection, count):
    data = b""
    while len(data) < count:
        chunk = connection.recv(count - len(data))
        if not chunk:
            return None
        data += chunk
    return data


def read_frame(connection):
    """The next answer's bytes without its length; None when the peer closed."""
    size = read_exactly(connection, 4)
    return None if size is None else read_exactly(connection, struct.unpack(">i", size)[0])


def is_closed(connection, timeout=5):
    """Whether the peer closes the connection within the time, without sending anything."""
    connection.settimeout(timeout)
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True
    except TimeoutError:
        return False


STARTED = []


def spawn(arguments, **options):
    """A process that does not outlive its test, whatever becomes of it (conftest.py)."""
    STARTED.append(subprocess.Popen(arguments, **options))
    return STARTED[-1]


def eventually(condition, timeout=15, what="the condition"):
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        result = condition()
        if result:
            return result
        time.sleep(0.02)
    raise AssertionError(f"{what} did not hold within {timeout} s")
