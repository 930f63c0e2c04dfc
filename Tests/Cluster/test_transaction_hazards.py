"""What is known to go wrong with transactions when nodes stand still, one after the other: a request that waits in the socket of a node that is
paused is answered when others have done its work long ago."""

import signal
import subprocess

import pytest
from broker import binary, eventually
from cluster import Cluster
from confluent_kafka import Consumer, Producer, TopicPartition
from transaction_wire import Wire
from wire import batch

SETTINGS = {
    "broker.session.timeout.ms": 3000,
    "broker.heartbeat.interval.ms": 500,
    "controller.quorum.fetch.timeout.ms": 1000,
    "transaction.state.log.num.partitions": 1,
    "leader.imbalance.check.interval.seconds": 3600,
}
TOPIC, IDENTITY = "accounts", "teller"


@pytest.fixture
def cluster():
    with Cluster(settings=SETTINGS) as three:
        three.create(TOPIC, partitions=3)
        three.wait_in_sync(TOPIC)
        yield three


def coordinator(cluster):
    """The node that coordinates, as one says that runs; None while nobody does."""
    found = cluster.leaders("__transaction_state").get(0)
    return cluster.node(found) if found else None


class Teller:
    """A transaction with a record in each partition, as bytes."""

    def __init__(self, cluster):
        self.cluster = cluster
        first = Wire(cluster.nodes[0].address)
        eventually(lambda: first.coordinator(IDENTITY) == 0, 30, "a coordinator")
        first.socket.close()
        cluster.wait_in_sync("__transaction_state")
        self.coordinator = coordinator(cluster)
        self.wire = Wire(self.coordinator.address)
        code, self.id, self.epoch = self.wire.init(IDENTITY)
        assert code == 0

    def batch(self, value, sequence=0):
        return batch((value.encode(),), attributes=0x10, pid=self.id, pepoch=self.epoch, sequence=sequence)

    def produce(self, value):
        for partition, leader in self.cluster.leaders(TOPIC).items():
            wire = Wire(self.cluster.node(leader).address)
            assert wire.produce_now(IDENTITY, TOPIC, partition, self.batch(value)) == 0
            wire.socket.close()


def pause(cluster, node):
    """Until others lead what it led."""
    node.signal(signal.SIGSTOP)
    led = {(topic, number) for topic in [TOPIC, "__transaction_state"] for number, leader in cluster.leaders(topic).items() if leader == node.id}

    def moved():
        return all(cluster.leaders(topic).get(number, node.id) != node.id for topic, number in led)

    eventually(moved, 30, f"others lead what node {node.id} led")


def resume(cluster, node):
    node.signal(signal.SIGCONT)
    cluster.wait_in_sync(TOPIC)


def committed(cluster, count, patience=20):
    """The values that a reader of committed records gets."""
    consumer = Consumer({"bootstrap.servers": cluster.bootstrap, "group.id": "reader", "isolation.level": "read_committed", "enable.auto.commit": False,
                         "auto.offset.reset": "earliest", "log_level": 0})
    consumer.assign([TopicPartition(TOPIC, number, 0) for number in range(3)])
    values = []

    def is_there():
        message = consumer.poll(0.2)
        if message is not None and message.error() is None:
            values.append(message.value().decode())
        return len(values) >= count

    eventually(is_there, patience, f"{count} committed records, of which there are {values}")
    extra = consumer.poll(1)
    assert extra is None or extra.error(), extra.value()
    consumer.close()
    return sorted(values)


def transact(cluster, value):
    """By the next producer of the same id, with the C client."""
    made = Producer({"bootstrap.servers": cluster.bootstrap, "transactional.id": IDENTITY, "log_level": 0})
    made.init_transactions(40)
    made.begin_transaction()
    for partition in range(3):
        made.produce(TOPIC, value, partition=partition)
    made.commit_transaction(40)


def no_transaction_hangs(cluster):
    told = subprocess.run([binary(), "transaction", "find-hanging", "--bootstrap", cluster.bootstrap], capture_output=True, text=True, check=False)
    return told.returncode == 0


def test_a_commit_reaches_the_partition_whose_leader_stands_still(cluster):
    teller = Teller(cluster)
    teller.produce("moved")
    leader = next(cluster.node(one) for one in cluster.leaders(TOPIC).values() if one != teller.coordinator.id)
    leader.signal(signal.SIGSTOP)
    # The outcome is committed, and the marker for the node that is paused waits in its socket.
    assert teller.wire.end_now(IDENTITY, teller.id, teller.epoch)[0] == 0
    assert committed(cluster, 3, patience=40) == ["moved"] * 3
    resume(cluster, leader)
    transact(cluster, "next")
    assert committed(cluster, 6) == ["moved"] * 3 + ["next"] * 3
    assert no_transaction_hangs(cluster)


def test_a_commit_that_waits_in_the_socket_of_a_former_coordinator_commits_nothing(cluster):
    teller = Teller(cluster)
    teller.produce("lost")
    former = teller.coordinator
    former.signal(signal.SIGSTOP)
    teller.wire.send_end_now(IDENTITY, teller.id, teller.epoch)
    pause(cluster, former)
    transact(cluster, "next")
    resume(cluster, former)
    assert teller.wire.ended() in (14, 15, 16, 47, 90)
    assert committed(cluster, 3) == ["next"] * 3
    assert no_transaction_hangs(cluster)


def test_a_batch_that_waits_in_the_socket_of_a_former_leader_is_not_written(cluster):
    teller = Teller(cluster)
    teller.produce("lost")
    partition, former = next((number, cluster.node(one)) for number, one in cluster.leaders(TOPIC).items() if one != teller.coordinator.id)
    wire = Wire(former.address)
    former.signal(signal.SIGSTOP)
    wire.send_produce_now(IDENTITY, TOPIC, partition, teller.batch("late", sequence=1))
    pause(cluster, former)
    transact(cluster, "next")
    resume(cluster, former)
    assert wire.produced(TOPIC) in (6, 47, 48, 90)
    transact(cluster, "last")
    assert committed(cluster, 6) == ["last"] * 3 + ["next"] * 3
    assert no_transaction_hangs(cluster)
