"""Consumers that read from the replica in their rack (KIP-392), while it dies and comes back."""

import re
import time
import urllib.request

import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition

from broker import eventually
from cluster import Cluster, free_ports

PARTITIONS = 3
SELECTOR = "org.apache.kafka.common.replica.RackAwareReplicaSelector"


@pytest.fixture
def cluster(tmp_path):
    ports = free_ports(3)
    own = {
        number: {"broker.rack": f"rack-{number}", "metrics.listener": f"127.0.0.1:{ports[number - 1]}"}
        for number in (1, 2, 3)
    }
    settings = {"replica.selector.class": SELECTOR, "leader.imbalance.check.interval.seconds": 1}
    with Cluster(3, settings, directory=str(tmp_path), own=own) as cluster:
        for node, port in zip(cluster.nodes, ports):
            node.metrics = f"http://127.0.0.1:{port}/metrics"
        cluster.create("t", partitions=PARTITIONS)
        cluster.wait_in_sync("t")
        yield cluster


def crossed(node, to):
    """Bytes that a node has sent to other racks."""
    with urllib.request.urlopen(node.metrics, timeout=10) as answer:
        text = answer.read().decode()
    return int(float(re.search(rf'^ottla_cross_rack_bytes_total{{to="{to}"}} (\S+)$', text, re.MULTILINE).group(1)))


class Reader:
    """Reads all partitions from the beginning, from the replicas in its rack."""

    def __init__(self, cluster, rack):
        self.consumer = Consumer(
            {"bootstrap.servers": cluster.bootstrap, "group.id": "none", "client.rack": rack, "auto.offset.reset": "error"}
        )
        self.consumer.assign([TopicPartition("t", number, OFFSET_BEGINNING) for number in range(PARTITIONS)])
        self.read = {number: [] for number in range(PARTITIONS)}

    def read_until(self, count, seconds=60):
        end = time.monotonic() + seconds
        while sum(len(values) for values in self.read.values()) < count:
            assert time.monotonic() < end, f"{ {number: len(values) for number, values in self.read.items()} } of {count} were read"
            message = self.consumer.poll(0.2)
            if message is None:
                continue
            assert not message.error() or message.error().retriable() or message.error().code() < 0, message.error()
            if not message.error():
                self.read[message.partition()].append((message.offset(), message.value()))


def write(cluster, sent, count):
    """Appends records to all partitions, and notes what was acknowledged where."""
    producer = Producer({"bootstrap.servers": cluster.bootstrap, "acks": "all", "enable.idempotence": True, "linger.ms": 2})

    def delivered(error, message):
        assert error is None, error
        sent[message.partition()].append((message.offset(), message.value()))

    for index in range(count):
        number = index % PARTITIONS
        producer.produce("t", f"{number}-{index}-{'x' * 500}".encode(), partition=number, on_delivery=delivered)
    assert producer.flush(60) == 0


def total(sent):
    return sum(len(values) for values in sent.values())


def test_consumers_read_in_their_rack_as_long_as_a_replica_is_there(cluster):
    sent = {number: [] for number in range(PARTITIONS)}
    reader = Reader(cluster, "rack-2")
    write(cluster, sent, 3000)
    reader.read_until(total(sent))
    # Two of the partitions are led by other nodes, and read from followers all the same.
    assert [crossed(node, "consumer") for node in cluster.nodes] == [0, 0, 0]
    # Each leader has sent its partition to two others.
    assert all(crossed(node, "replica") > 2 * 1000 * 500 for node in cluster.nodes)

    cluster.node(2).kill()
    write(cluster, sent, 3000)
    reader.read_until(total(sent))
    # Whoever leads serves the consumer from elsewhere.
    elsewhere = [crossed(node, "consumer") for node in cluster.nodes if node.id != 2]
    assert sum(elsewhere) > 3000 * 500 * 0.9

    cluster.node(2).start()
    cluster.wait_ready(count=3)
    cluster.wait_in_sync("t")
    eventually(lambda: reads_at_home(cluster, reader, sent), 60, "the consumer reads in its rack again")
    assert {number: sorted(values) for number, values in sent.items()} == reader.read
    reader.consumer.close()


def reads_at_home(cluster, reader, sent):
    before = [crossed(node, "consumer") for node in cluster.nodes]
    write(cluster, sent, 30)
    reader.read_until(total(sent))
    return before == [crossed(node, "consumer") for node in cluster.nodes]


def test_a_consumer_without_a_rack_reads_from_leaders(cluster):
    sent = {number: [] for number in range(PARTITIONS)}
    write(cluster, sent, 300)
    reader = Reader(cluster, "")
    reader.read_until(total(sent))
    assert [crossed(node, "consumer") for node in cluster.nodes] == [0, 0, 0]
    assert {number: sorted(values) for number, values in sent.items()} == reader.read
    reader.consumer.close()
