"""The node as a process: its standard descriptors, its signals, its supervisor, its place as the first process of a container."""

import fcntl
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from broker import Broker, binary, eventually, spawn

FAST = ["--set", "group.initial.rebalance.delay.ms=0", "--set", "offsets.topic.num.partitions=2"]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def serve(data, port, prefix=(), **options):
    return spawn([*prefix, binary(), "serve", "--data", str(data), "--listen", f"127.0.0.1:{port}", *FAST], **options)


def takes_clients(port):
    try:
        AdminClient({"bootstrap.servers": f"127.0.0.1:{port}", "log_level": 0}).list_topics(timeout=1)
        return True
    except Exception:
        return False


def wait_ready(port):
    eventually(lambda: takes_clients(port), 30, "the node takes clients")


def links(pid):
    result = {}
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            result[int(name)] = os.readlink(f"/proc/{pid}/fd/{name}")
        except FileNotFoundError:
            pass  # closed meanwhile
    return result


def round_trip(port, topic, value):
    address = f"127.0.0.1:{port}"
    producer = Producer({"bootstrap.servers": address})
    producer.produce(topic, value, partition=0)
    assert producer.flush(20) == 0
    consumer = Consumer({"bootstrap.servers": address, "group.id": "round-trip", "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, 0, 0)])
    values = []
    while value not in values:
        message = consumer.poll(10)
        assert message is not None and message.error() is None
        values.append(message.value())
    consumer.close()
    return values


@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1, 2)])
def test_closed_standard_descriptors_never_become_files_of_the_node(tmp_path, closed):
    port, data = free_port(), tmp_path / "data"

    def start():
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = serve(data, port, preexec_fn=lambda: [os.close(number) for number in closed], **streams)
        wait_ready(port)
        return process

    process = start()
    admin = AdminClient({"bootstrap.servers": f"127.0.0.1:{port}"})
    for future in admin.create_topics([NewTopic(f"t{number}", 3, 1) for number in range(5)]).values():
        future.result(10)
    assert round_trip(port, "t0", b"one") == [b"one"]
    # Something to log about, several times.
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
            connection.recv(1)
    assert [links(process.pid)[number] for number in range(3)] == ["/dev/null"] * 3
    process.terminate()
    assert process.wait(20) == 0
    checked = subprocess.run([binary(), "log", "dump", "--verify", str(data)], capture_output=True, text=True, timeout=20)
    assert checked.returncode == 0, checked.stdout
    process = start()
    assert round_trip(port, "t0", b"two") == [b"one", b"two"]
    process.terminate()
    assert process.wait(20) == 0


def full_pipe(blocking):
    """A pipe that is full and that nobody reads."""
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    os.set_blocking(writer, False)
    try:
        while True:
            os.write(writer, b"x" * 512)
    except BlockingIOError:
        os.set_blocking(writer, blocking)
    return reader, writer


@pytest.mark.parametrize("kind", ["full disk", "broken pipe", "blocking pipe", "non-blocking pipe"])
def test_output_that_nobody_takes_holds_nothing_up(tmp_path, kind):
    port, reader = free_port(), None
    if kind == "full disk":
        writer = os.open("/dev/full", os.O_WRONLY)
    elif kind == "broken pipe":
        reader, writer = os.pipe()
        os.close(reader)
    else:
        reader, writer = full_pipe(blocking=kind == "blocking pipe")
    process = serve(tmp_path / "data", port, stdout=writer, stderr=writer)
    os.close(writer)
    wait_ready(port)
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
            connection.recv(1)
    began = time.monotonic()
    assert round_trip(port, "t", b"v") == [b"v"] and time.monotonic() - began < 10
    if "blocking" in kind:
        # Whoever comes back gets whole lines.
        text = b""
        while b"ottla ready" not in text or b"looks like HTTP" not in text:
            text += os.read(reader, 4096)
        text = text.lstrip(b"x").decode()
        assert any(line.startswith("ottla ready: 127.0.0.1:") for line in text.splitlines())
        assert any("NOTICE acks=all" in line for line in text.splitlines())
    process.terminate()
    assert process.wait(20) == 0
    assert (tmp_path / "data" / ".kafka_cleanshutdown").exists()
    if "blocking" in kind:
        os.close(reader)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGPWR"])
def test_signals_that_stop_in_order(broker, name):
    broker.process.send_signal(getattr(signal, name))
    assert broker.process.wait(20) == 0, broker.logs()
    assert os.path.exists(os.path.join(broker.data, ".kafka_cleanshutdown"))


def test_signals_that_are_no_reason_to_stop(broker):
    for name in ("SIGPIPE", "SIGUSR1", "SIGUSR2", "SIGTTOU", "SIGXFSZ", "SIGCHLD"):
        broker.process.send_signal(getattr(signal, name))
    assert round_trip(broker.port, "t", b"v") == [b"v"] and broker.is_alive()
    assert broker.stop() == 0


def test_a_signal_before_the_node_is_up_stops_it_in_order(tmp_path):
    # It takes this command line some time to be read; what the process was doing before is little.
    settings = ["--set", "num.partitions=1"] * 1000
    process = spawn([binary(), "serve", "--data", str(tmp_path / "data"), "--listen", "127.0.0.1:0", *settings])

    def is_reading():
        fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) * 1000 // os.sysconf("SC_CLK_TCK") >= 60

    eventually(is_reading, 10, "the command line is being read")
    process.terminate()
    assert process.wait(60) == 0
    # No log was opened yet: the next start finds nothing that was not stopped in order.
    with Broker(data=tmp_path / "data") as broker:
        assert "unclean" not in broker.logs() and "without an orderly stop" not in broker.logs()


def test_what_nohup_switched_off_stays_off(tmp_path):
    port = free_port()
    process = serve(tmp_path / "data", port, prefix=["nohup"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_ready(port)
    process.send_signal(signal.SIGHUP)
    assert round_trip(port, "t", b"v") == [b"v"] and process.poll() is None
    process.terminate()
    assert process.wait(20) == 0


def hold_up_the_stop(broker):
    """A client that asked for more than its socket holds and takes nothing: the node waits for it for some seconds when it stops."""
    producer = Producer({"bootstrap.servers": broker.address})
    for _ in range(30):
        producer.produce("large", b"x" * 900_000, partition=0)
        producer.poll(0)
    assert producer.flush(30) == 0
    from wire import frame, text
    import struct
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(("127.0.0.1", broker.port))
    partition = struct.pack(">iqi", 0, 0, 30 << 20)
    body = struct.pack(">iiiib", -1, 100, 1, 30 << 20, 0) + struct.pack(">i", 1) + text("large") + struct.pack(">i", 1) + partition
    connection.sendall(frame(1, 4, body))
    connection.recv(1, socket.MSG_PEEK)
    return connection


def test_a_second_signal_ends_at_once(broker):
    with hold_up_the_stop(broker):
        broker.process.terminate()
        eventually(lambda: "stopping" in broker.logs(), 5, "the node begins to stop")
        assert broker.is_alive()
        began = time.monotonic()
        broker.process.send_signal(signal.SIGINT)
        assert broker.process.wait(10) == 128 + signal.SIGINT and time.monotonic() - began < 2


@pytest.mark.parametrize("kind", ["path", "abstract"])
def test_the_supervisor_is_told_when_the_node_is_ready_and_when_it_stops(tmp_path, kind):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        name = str(tmp_path / "notify") if kind == "path" else f"@ottla-test-{os.getpid()}-{time.monotonic_ns()}"
        supervisor.bind(name.replace("@", "\0", 1))
        supervisor.settimeout(30)
        with Broker(environment={"NOTIFY_SOCKET": name}) as broker:
            ready = dict(line.split("=", 1) for line in supervisor.recv(4096).decode().splitlines())
            assert ready["READY"] == "1" and ready["MAINPID"] == str(broker.pid) and f":{broker.port}" in ready["STATUS"]
            broker.process.terminate()
            assert "STOPPING=1" in supervisor.recv(4096).decode().splitlines()
            assert broker.process.wait(20) == 0


@pytest.mark.parametrize("name", ["/does/not/exist", "relative", "/" + "x" * 200])
def test_a_supervisor_that_cannot_be_reached_is_said_and_no_more(name):
    with Broker(environment={"NOTIFY_SOCKET": name}) as broker:
        assert round_trip(broker.port, "t", b"v") == [b"v"]
        assert broker.stop() == 0
        # Once at the start and once at the end; it is all the node can do.
        assert broker.logs().count("NOTIFY_SOCKET cannot be used") == 2


def test_a_file_may_not_grow_and_the_node_goes_on(tmp_path):
    """A limit on the size of files (ulimit -f) is like a full disk: the append fails, nothing else does."""
    port = free_port()
    process = serve(tmp_path / "data", port, prefix=["prlimit", "--fsize=2000000"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_ready(port)
    producer = Producer({"bootstrap.servers": f"127.0.0.1:{port}", "message.timeout.ms": 3000})
    errors = []
    for number in range(5):
        producer.produce("t", b"x" * 600_000, partition=0, on_delivery=lambda error, _: errors.append(error))
        producer.flush(10)
    assert errors[:3] == [None] * 3 and errors[4] is not None
    assert round_trip(port, "u", b"v") == [b"v"] and process.poll() is None
    process.terminate()
    assert process.wait(20) == 0


def as_first_process(command, read_only=False):
    """`command` as process 1 of a namespace of its own, without the rights of root; the root read-only if asked."""
    mounts = "mount --make-rprivate / && mount --rbind / / && mount -o remount,bind,ro / && " if read_only else ""
    inner = f"{mounts}exec setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs \"$@\""
    return ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-c", inner, "sh", *command]


def can_make_namespaces():
    if os.geteuid() != 0:
        return "only root may make namespaces here"
    tried = subprocess.run(as_first_process(["true"], read_only=True), capture_output=True, text=True)
    return None if tried.returncode == 0 else f"namespaces cannot be made here: {tried.stderr.strip()}"


def children(pid):
    return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.parametrize("signals,code", [(["SIGTERM"], 0), (["SIGTERM", "SIGTERM"], 143)])
def test_as_the_first_process_of_a_container(tmp_path, signals, code):
    reason = can_make_namespaces()
    if reason:
        print(reason)
        pytest.skip(reason)
    # pytest's directories are closed to other users.
    place = pathlib.Path("/dev/shm") / f"ottla-{os.getpid()}-{time.monotonic_ns()}"
    place.mkdir()
    shutil.copy(binary(), place / "ottla")
    os.chown(place, 65534, 65534)
    port = free_port()
    try:
        command = [str(place / "ottla"), "serve", "--data", str(place / "data"), "--listen", f"127.0.0.1:{port}", *FAST]
        with open(place / "log", "w") as log:
            process = spawn(as_first_process(command, read_only=True), stdout=log, stderr=log)
        wait_ready(port)
        node = eventually(lambda: children(process.pid), 5, "the node runs")[0]
        status = pathlib.Path(f"/proc/{node}/status").read_text()
        assert "NSpid:\t%d\t1\n" % node in status and "Uid:\t65534\t65534" in status
        assert round_trip(port, "t", b"v") == [b"v"]
        # The commands need no rights of root either.
        client = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", str(place / "ottla"), "topic", "list"]
        listed = subprocess.run([*client, "--bootstrap", f"127.0.0.1:{port}"], capture_output=True, text=True, timeout=20)
        assert listed.returncode == 0 and "t" in listed.stdout.split(), listed.stderr
        # A process whose parent is gone becomes the first one's; it must not stay when it ends.
        orphan = "(sleep 0.1 & echo $! >&2) & wait"
        subprocess.run(["nsenter", "--target", str(node), "--pid", "sh", "-c", orphan], check=True, capture_output=True)
        eventually(lambda: not children(node), 5, "no child is left")

        class Stopping:
            def __init__(self):
                self.pid, self.port, self.address = node, port, f"127.0.0.1:{port}"
        held = hold_up_the_stop(Stopping()) if len(signals) > 1 else None
        for name in signals:
            os.kill(node, getattr(signal, name))
            eventually(lambda: "stopping" in (place / "log").read_text(), 10, "the node begins to stop")
        assert process.wait(20) == code
        if code == 0:
            assert (place / "data" / ".kafka_cleanshutdown").exists()
        if held:
            held.close()
    finally:
        shutil.rmtree(place, ignore_errors=True)
