"""Runs clusters of several Ottla nodes as processes of their own, for tests."""

import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Conformance"))

from broker import STARTED, binary, eventually, spawn  # noqa: E402
from confluent_kafka import TopicPartition  # noqa: E402
from confluent_kafka.admin import AdminClient, OffsetSpec  # noqa: E402


def free_ports(count):
    """Ports that nobody listens on; different ones."""
    held = [socket.socket() for _ in range(count)]
    try:
        for one in held:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in held]
    finally:
        for one in held:
            one.close()


class Node:
    def __init__(self, number, directory, settings):
        self.id = number
        self.directory = directory
        self.data = settings.get("log.dirs", os.path.join(directory, "data"))
        # What its commands are started by, for one that lives in a namespace of its own.
        self.launcher = []
        self.config = os.path.join(directory, "server.properties")
        self.log_path = os.path.join(directory, "log.txt")
        self.process = None
        os.makedirs(directory, exist_ok=True)
        with open(self.config, "w") as file:
            file.writelines(f"{key}={value}\n" for key, value in {**settings, "log.dirs": self.data}.items())

    def start(self):
        with open(self.log_path, "a") as log:
            self.process = spawn([*self.launcher, binary(), "serve", "--config", self.config], stdout=log, stderr=log)

    @property
    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def listens(self):
        """Whether all its listeners accept connections."""
        with open(self.config) as file:
            listeners = next(line for line in file if line.startswith("listeners=")).split("=", 1)[1]
        for host, port in re.findall(r"//([^:,]+):([0-9]+)", listeners):
            try:
                socket.create_connection((host, int(port)), timeout=1).close()
            except OSError:
                return False
        return True

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        """SIGKILL, also to one that is paused."""
        self.process.kill()
        self._reap()

    def stop(self, timeout=60):
        """SIGTERM, and the exit code."""
        self.process.terminate()
        return self.wait_stopped(timeout)

    def wait_stopped(self, timeout=60):
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"node {self.id} did not stop within {timeout} s\n{self.logs()[-4000:]}") from None
        finally:
            self._reap()

    def _reap(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if self.process in STARTED:
            STARTED.remove(self.process)

    def logs(self):
        with open(self.log_path) as file:
            return file.read()

    def resident_bytes(self):
        with open(f"/proc/{self.process.pid}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Cluster:
    """`count` nodes, each broker and controller, on loopback. Use as a context manager.

    `network` gives them other addresses, each in a namespace of its own; `own` has settings of single nodes, and `roles` what they are, by their
    numbers: both a broker and a controller otherwise.
    """

    def __init__(self, count=3, settings=None, directory=None, network=None, own=None, roles=None):
        self.temporary = None if directory else tempfile.mkdtemp(prefix="ottla-cluster-")
        self.directory = directory or self.temporary
        ports = free_ports(2 * count)
        hosts = network.addresses if network else ["127.0.0.1"] * count
        roles = [(roles or {}).get(number + 1, "broker,controller") for number in range(count)]
        listeners = [{"broker": f"PLAINTEXT://{hosts[number]}:{ports[number]}", "controller": f"CONTROLLER://{hosts[number]}:{ports[count + number]}"} for number in range(count)]
        voters = ",".join(f"{number + 1}@{hosts[number]}:{ports[count + number]}" for number in range(count) if "controller" in roles[number])
        brokers = sum("broker" in role for role in roles)
        cluster_id = subprocess.run([binary(), "storage", "random-id"], capture_output=True, text=True, check=True).stdout.strip()
        self.nodes = []
        self._admin = None
        for number in range(count):
            common = {
                "node.id": number + 1,
                "process.roles": roles[number],
                "listeners": ",".join(listeners[number][role] for role in roles[number].split(",")),
                "controller.listener.names": "CONTROLLER",
                "controller.quorum.voters": voters,
                "default.replication.factor": min(3, brokers),
                "min.insync.replicas": min(2, brokers),
                "offsets.topic.replication.factor": min(3, brokers),
                "offsets.topic.num.partitions": 4,
                "group.initial.rebalance.delay.ms": 0,
            }
            chosen = {**common, **(settings or {}), **(own or {}).get(number + 1, {})}
            node = self.make_node(number + 1, os.path.join(self.directory, f"node-{number + 1}"), chosen)
            node.port, node.address = ports[number], f"{hosts[number]}:{ports[number]}"
            node.is_broker = "broker" in roles[number]
            node.launcher = network.launchers[number] if network else []
            self.format(node, cluster_id)
            self.nodes.append(node)
        self.brokers = [node for node in self.nodes if node.is_broker]
        self.bootstrap = ",".join(node.address for node in self.brokers)

    def make_node(self, number, directory, settings):
        return Node(number, directory, settings)

    def format(self, node, cluster_id):
        command = [*node.launcher, binary(), "storage", "format", "--config", node.config, "--cluster-id", cluster_id]
        subprocess.run(command, capture_output=True, text=True, check=True)

    def node(self, number):
        return self.nodes[number - 1]

    def start(self, timeout=30):
        for node in self.nodes:
            node.start()
        self.wait_ready(timeout)
        return self

    def admin(self):
        # One for all: a client that goes while a request is under way takes the answer along.
        if self._admin is None:
            self._admin = AdminClient({"bootstrap.servers": self.bootstrap, "socket.timeout.ms": 5000, "log_level": 0})
        return self._admin

    def metadata(self, topic=None, timeout=5):
        return self.admin().list_topics(topic, timeout=timeout)

    def wait_ready(self, timeout=30, count=None):
        """Until so many brokers (all that run otherwise) are there for clients."""
        count = count or sum(node.is_running for node in self.brokers)

        def there():
            try:
                return len(self.metadata(timeout=2).brokers) >= count
            except Exception:
                for node in self.nodes:
                    if node.process is not None and node.process.poll() not in (None, -signal.SIGKILL):
                        raise AssertionError(f"node {node.id} ended with {node.process.poll()}:\n{node.logs()[-4000:]}") from None
                return False

        try:
            eventually(there, timeout, f"{count} brokers are up")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.logs()}") from None

    def create(self, topic, partitions=1, replicas=3, **configs):
        # By our own client: librdkafka's waits for the controller that it knows, which may be gone.
        command = [
            binary(), "topic", "create", topic, "--partitions", str(partitions), "--replication-factor", str(replicas),
            "--bootstrap", self.bootstrap, "--if-not-exists", "--timeout", "40",
        ]
        for key, value in configs.items():
            command += ["--config", f"{key.replace('_', '.')}={value}"]
        made = subprocess.run(command, capture_output=True, text=True, check=False)
        assert made.returncode == 0, f"{made.stderr}\n{self.logs()}"
        eventually(lambda: self.leaders(topic).keys() == set(range(partitions)), 15, f"{topic} has its leaders")

    def partitions(self, topic):
        """By number: an object with leader, replicas and isrs; empty when nobody answers."""
        try:
            return self.metadata(topic, timeout=2).topics[topic].partitions
        except Exception:
            return {}

    def leaders(self, topic):
        return {number: one.leader for number, one in self.partitions(topic).items() if one.leader > 0}

    def ends(self, topic):
        """The sum of its partitions' high watermarks."""
        asked = {TopicPartition(topic, number): OffsetSpec.latest() for number in self.partitions(topic)}
        return sum(future.result().offset for future in self.admin().list_offsets(asked).values())

    def wait_in_sync(self, topic, timeout=30):
        """Until all replicas of all partitions are in sync and lead somewhere."""

        def in_sync():
            partitions = self.partitions(topic)
            return partitions and all(one.leader > 0 and len(one.isrs) == len(one.replicas) for one in partitions.values())

        try:
            eventually(in_sync, timeout, f"all replicas of {topic} are in sync")
        except AssertionError as error:
            state = {number: (one.leader, one.replicas, one.isrs) for number, one in self.partitions(topic).items()}
            raise AssertionError(f"{error}: {state}\n{self.logs()}") from None

    def controller(self):
        """The id of the active controller, as a node says that runs; None when there is none."""
        for node in random.sample(self.brokers, len(self.brokers)):
            if not node.is_running:
                continue
            told = subprocess.run(
                [binary(), "cluster", "describe", "--bootstrap", node.address, "--timeout", "3"],
                capture_output=True, text=True, check=False,
            ).stdout
            found = re.search(r"metadata: leader (\d+)", told)
            if found:
                return int(found.group(1))
        return None

    def logs(self, each=3000):
        return "\n".join(f"--- node {node.id}\n{node.logs()[-each:]}" for node in self.nodes if os.path.exists(node.log_path))

    def stop(self):
        """All at once; their exit codes."""
        running = [node for node in self.nodes if node.is_running]
        for node in running:
            node.signal(signal.SIGCONT)
            node.signal(signal.SIGTERM)
        # A second signal would end them at once.
        return [node.wait_stopped() for node in running]

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        for node in self.nodes:
            if node.is_running:
                node.kill()
        if self.temporary:
            shutil.rmtree(self.temporary, ignore_errors=True)
