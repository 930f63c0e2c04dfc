import os
import pathlib
import sys

import pytest
from confluent_kafka import Producer

from broker import STARTED, Broker, eventually

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Cluster"))
from cluster import Cluster  # noqa: E402

FAST = ["group.initial.rebalance.delay.ms=0", "offsets.topic.num.partitions=4"]


@pytest.fixture(autouse=True)
def processes():
    """Ends what a test has started with `spawn` and not ended itself."""
    yield
    while STARTED:
        process = STARTED.pop()
        if process.poll() is None:
            process.kill()
        process.wait()


class SharedCluster:
    """A cluster as the tests have a broker: clients are told of its first node, and find the others."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.address = f"127.0.0.1:{cluster.node(1).port}"
        self.node_ids = [node.id for node in cluster.nodes]

    def open_files(self):
        return sum(len(os.listdir(f"/proc/{node.process.pid}/fd")) for node in self.cluster.nodes)


@pytest.fixture(scope="session")
def shared():
    """A broker for tests that don't stop it; each test uses names of its own. With OTTLA_NODES=3 it is a cluster of three."""
    nodes = int(os.environ.get("OTTLA_NODES", "1"))
    if nodes > 1:
        with Cluster(nodes, dict(setting.split("=", 1) for setting in FAST)) as cluster:
            for node in cluster.nodes:
                STARTED.remove(node.process)  # They are not those of one test.
            yield SharedCluster(cluster)
            assert all(node.is_running for node in cluster.nodes), cluster.logs()
            assert cluster.stop() == [0] * nodes, cluster.logs()
        return
    with Broker(settings=FAST) as broker:
        yield broker
        assert broker.is_alive(), broker.logs()
        assert broker.stop() == 0, broker.logs()


@pytest.fixture
def broker():
    """A broker of the test's own."""
    with Broker(settings=FAST) as one:
        yield one


@pytest.fixture(scope="module")
def target():
    """A broker for bytes that no honest client sends."""
    with Broker(settings=["group.initial.rebalance.delay.ms=0", "offsets.topic.num.partitions=2"]) as broker:
        producer = Producer({"bootstrap.servers": broker.address})
        producer.produce("good", b"first")
        assert producer.flush(10) == 0
        yield broker


@pytest.fixture
def unharmed(target):
    """After every case: same process, a round trip of a good client, memory and connections as before."""
    pid, sockets = target.pid, target.open_sockets()
    yield
    assert target.is_alive() and target.pid == pid
    producer = Producer({"bootstrap.servers": target.address})
    errors = []
    producer.produce("good", b"again", on_delivery=lambda error, _: errors.append(error))
    assert producer.flush(10) == 0 and errors == [None]
    del producer
    assert target.resident_bytes() < 400 << 20
    eventually(lambda: target.open_sockets() <= sockets + 4, 15, "connections are given back")
