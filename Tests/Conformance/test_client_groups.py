"""Members of a group that are Ottla's, beside those of other clients: they share partitions, take over and go on where somebody stopped."""

import json
import signal
import subprocess
import threading
import time

import kafka
import pytest
from broker import Broker, binary, spawn
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from test_client_commands import ottla

SESSION = "6000"


@pytest.fixture
def node():
    with Broker(settings=["group.initial.rebalance.delay.ms=0", "offsets.topic.num.partitions=2", "group.min.session.timeout.ms=1000"]) as broker:
        yield broker


class Member:
    """`ottla consume --group` in a process of its own; `rows` are (partition, offset, value)."""

    def __init__(self, node, topic, *arguments):
        self.process = spawn(
            [binary(), "consume", topic, "--bootstrap", node.address, "--format", "%p %o %v",
             "-X", f"session.timeout.ms={SESSION}", "-X", "heartbeat.interval.ms=300", "-X", "auto.commit.interval.ms=500", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.rows = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            partition, offset, value = line.rstrip("\n").split(" ", 2)
            self.rows.append((int(partition), int(offset), value))

    @property
    def partitions(self):
        return {row[0] for row in self.rows}

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        code = self.process.wait(30)
        self.reader.join(10)
        return code


def eventually(check, seconds=30):
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def send(node, first, count, partitions=4, topic="t"):
    producer = Producer({"bootstrap.servers": node.address})
    for number in range(first, first + count):
        producer.produce(topic, b"%d" % number, partition=number % partitions)
    assert producer.flush(20) == 0


def members_of(node, group):
    # Asked of one that is collected at once, it would never be answered.
    admin = AdminClient({"bootstrap.servers": node.address})
    found = admin.describe_consumer_groups([group])[group].result(20)
    return {
        "state": found.state.name.capitalize(), "assignor": found.partition_assignor,
        "members": [{"instance": member.group_instance_id, "assignment": sorted(part.partition for part in member.assignment.topic_partitions)}
                    for member in found.members],
    }


def settled(node, group, count, partitions=4):
    """The group once so many members share all partitions. A cooperative group is stable for a moment before it moves them."""
    found = None

    def is_settled():
        nonlocal found
        found = members_of(node, group)
        shares = [len(member["assignment"]) for member in found["members"]]
        return found["state"] == "Stable" and len(shares) == count and all(shares) and sum(shares) == partitions

    eventually(is_settled)
    return found


class Librdkafka:
    """A member of librdkafka, polled by a thread of its own."""

    def __init__(self, node, group, assignor):
        self.consumer = Consumer({"bootstrap.servers": node.address, "group.id": group, "auto.offset.reset": "earliest",
                                  "partition.assignment.strategy": assignor, "session.timeout.ms": SESSION, "heartbeat.interval.ms": 300})
        self.consumer.subscribe(["t"])
        self.rows, self.stopped = [], threading.Event()
        self.thread = threading.Thread(target=self._poll, daemon=True)
        self.thread.start()

    def _poll(self):
        while not self.stopped.is_set():
            message = self.consumer.poll(0.05)
            if message is not None and message.error() is None:
                self.rows.append((message.partition(), message.offset(), message.value().decode()))
        self.consumer.close()

    def end(self):
        self.stopped.set()
        self.thread.join(30)


class KafkaPython:
    """A member of kafka-python, polled by a thread of its own."""

    def __init__(self, node, group, assignor):
        from kafka.coordinator.assignors.range import RangePartitionAssignor
        from kafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
        from kafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor

        chosen = {"range": RangePartitionAssignor, "roundrobin": RoundRobinPartitionAssignor, "sticky": StickyPartitionAssignor}[assignor]
        self.consumer = kafka.KafkaConsumer(
            "t", bootstrap_servers=node.address, group_id=group, auto_offset_reset="earliest", partition_assignment_strategy=[chosen],
            session_timeout_ms=int(SESSION), heartbeat_interval_ms=300)
        # As the leader it may divide before it knows the topic, and then loses what it gets in the next generation (kafka-python 3.0.12).
        self.consumer.partitions_for_topic("t")
        self.rows, self.stopped = [], threading.Event()
        self.thread = threading.Thread(target=self._poll, daemon=True)
        self.thread.start()

    def _poll(self):
        while not self.stopped.is_set():
            for records in self.consumer.poll(50).values():
                self.rows += [(record.partition, record.offset, record.value.decode()) for record in records]
        self.consumer.close()

    def end(self):
        self.stopped.set()
        self.thread.join(30)


@pytest.mark.parametrize("client, assignor", [
    (Librdkafka, "range"), (Librdkafka, "roundrobin"), (Librdkafka, "cooperative-sticky"),
    (KafkaPython, "range"), (KafkaPython, "roundrobin"), (KafkaPython, "sticky")])
@pytest.mark.parametrize("swift_leads", [True, False])
def test_a_member_beside_another_clients(node, client, assignor, swift_leads):
    ottla(node, "topic", "create", "t", "--partitions", "4")
    send(node, 0, 400)

    def swift():
        return Member(node, "t", "--group", "g", "--assignor", assignor)

    # Who comes first leads the group, and divides.
    first = swift() if swift_leads else client(node, "g", assignor)
    eventually(lambda: len(first.rows) == 400)
    second = client(node, "g", assignor) if swift_leads else swift()
    assert settled(node, "g", 2)["assignor"] == assignor
    before = [len(first.rows), len(second.rows)]

    def share(member, index):
        return {row[0] for row in member.rows[before[index]:] if int(row[2]) >= 400}

    send(node, 400, 400)
    eventually(lambda: len({row[2] for row in first.rows + second.rows}) == 800)
    assert len(share(first, 0)) == 2 and len(share(second, 1)) == 2, "each has two partitions"
    assert share(first, 0).isdisjoint(share(second, 1))
    first.end()
    send(node, 800, 400)
    eventually(lambda: len({row[2] for row in first.rows + second.rows}) == 1200)
    second.end()
    rows = [row for row in first.rows + second.rows if int(row[2]) >= 800]
    assert len(rows) == 400, "those who left had committed: nothing came twice"


def test_what_a_killed_member_had_is_taken_over_and_nothing_is_lost(node):
    ottla(node, "topic", "create", "t", "--partitions", "4")
    send(node, 0, 400)
    members = [Member(node, "t", "--group", "g") for _ in range(3)]
    settled(node, "g", 3)
    sent = 400
    for victim in members[:2]:
        send(node, sent, 400)
        sent += 400
        victim.end(signal.SIGKILL)
        send(node, sent, 400)
        sent += 400
        eventually(lambda: len({row[2] for member in members for row in member.rows}) == sent, 40)
    assert members[2].end() == 0
    eventually(lambda: members_of(node, "g")["state"] == "Empty")
    assert {row[2] for member in members for row in member.rows} == {str(number) for number in range(sent)}
    # All of it is committed: another has nothing to read.
    rest = Member(node, "t", "--group", "g", "--idle", "1")
    assert rest.process.wait(30) == 0 and rest.rows == []


def test_waiting_for_the_group_is_no_idleness():
    with Broker(settings=["group.initial.rebalance.delay.ms=2000", "offsets.topic.num.partitions=2"]) as node:
        ottla(node, "topic", "create", "t", "--partitions", "4")
        send(node, 0, 20)
        member = Member(node, "t", "--group", "g", "--idle", "1")
        assert member.process.wait(30) == 0
        member.reader.join(10)
        assert len(member.rows) == 20


def test_offsets_are_exchanged_with_other_clients(node):
    ottla(node, "topic", "create", "t", "--partitions", "1")
    send(node, 0, 30, partitions=1)
    other = Consumer({"bootstrap.servers": node.address, "group.id": "g"})
    other.commit(offsets=[TopicPartition("t", 0, 10)], asynchronous=False)
    member = Member(node, "t", "--group", "g", "--limit", "5")
    assert member.process.wait(30) == 0
    member.reader.join(10)
    assert [row[1] for row in member.rows] == [10, 11, 12, 13, 14]
    assert other.committed([TopicPartition("t", 0)])[0].offset == 15
    other.close()


def test_a_broker_that_restarts_keeps_its_members(tmp_path):
    with Broker(data=tmp_path / "data", settings=["ottla.flush.policy=ack", "group.initial.rebalance.delay.ms=0"]) as node:
        ottla(node, "topic", "create", "t", "--partitions", "4")
        send(node, 0, 400)
        members = [Member(node, "t", "--group", "g") for _ in range(2)]
        sent = 400
        for number in range(2):
            eventually(lambda: len({row[2] for member in members for row in member.rows}) == sent)
            if number == 0:
                node.kill()
            else:
                node.stop()
            node.start()
            send(node, sent, 400)
            sent += 400
        eventually(lambda: len({row[2] for member in members for row in member.rows}) == sent, 60)
        assert [member.end() for member in members] == [0, 0]
        assert members_of(node, "g")["state"] == "Empty"


def test_a_static_member_that_comes_back_in_time_moves_nothing(node):
    ottla(node, "topic", "create", "t", "--partitions", "4")
    one = Member(node, "t", "--group", "g", "-X", "group.instance.id=one")
    two = Member(node, "t", "--group", "g", "-X", "group.instance.id=two")
    before = {member["instance"]: member["assignment"] for member in settled(node, "g", 2)["members"]}
    one.end()
    assert len(members_of(node, "g")["members"]) == 2, "a static member does not leave"
    send(node, 0, 40)
    again = Member(node, "t", "--group", "g", "-X", "group.instance.id=one")
    eventually(lambda: len({row[2] for member in (one, two, again) for row in member.rows}) == 40)
    assert {member["instance"]: member["assignment"] for member in members_of(node, "g")["members"]} == before
    # Two of one name: the later one wins, the other says so.
    third = Member(node, "t", "--group", "g", "-X", "group.instance.id=one")
    assert again.process.wait(30) == 1
    assert "another one uses group.instance.id 'one'" in again.process.stderr.read()
    for member in (two, third):
        member.end()


def test_a_topic_that_is_made_again_is_read_from_its_beginning(node):
    ottla(node, "topic", "create", "t", "--partitions", "2")
    send(node, 0, 100, partitions=2)
    member = Member(node, "t", "--group", "g", "-X", "metadata.max.age.ms=1000")
    eventually(lambda: len(member.rows) == 100)
    ottla(node, "topic", "delete", "t", "--yes")
    ottla(node, "topic", "create", "t", "--partitions", "2")
    send(node, 100, 20, partitions=2)
    eventually(lambda: len(member.rows) == 120)
    assert [row[1] for row in member.rows[100:] if row[0] == 0] == list(range(10)), "the new topic's own offsets"
    assert member.end() == 0


def test_partitions_that_are_added_are_read(node):
    ottla(node, "topic", "create", "t", "--partitions", "1")
    member = Member(node, "t", "--group", "g", "-X", "metadata.max.age.ms=500")
    send(node, 0, 10, partitions=1)
    eventually(lambda: len(member.rows) == 10)
    ottla(node, "topic", "add-partitions", "t", "3")
    eventually(lambda: len((members_of(node, "g")["members"] or [{"assignment": []}])[0]["assignment"]) == 3)
    send(node, 10, 30, partitions=3)
    eventually(lambda: len(member.rows) == 40)
    assert member.end() == 0


def test_who_does_not_name_a_group_moves_no_offsets(node, tmp_path):
    ottla(node, "topic", "create", "t", "--partitions", "1")
    # Three batches: whoever stops within the second has worked on the first, and still reads the partition.
    for first in (0, 5, 10):
        send(node, first, 5, partitions=1)
    profile = tmp_path / "client.properties"
    profile.write_text("group.id=g\n")
    for command in (["consume", "t", "--limit", "7"], ["consume", "t"], ["perf", "consume", "t"]):
        ottla(node, *command, "--profile", str(profile))
    assert "g" not in [row["group"] for row in map(json.loads, ottla(node, "group", "list", "--output", "json")[0])]


def test_what_is_wrong_is_said(node):
    ottla(node, "topic", "create", "orders")
    assert "did you mean 'orders'?" in ottla(node, "consume", "ordrs", "--group", "g", code=1)[1]
    assert "--idle needs --group" in ottla(node, "consume", "orders", "--idle", "3", code=64)[1]
    assert "the group chooses the partitions" in ottla(node, "consume", "orders", "--group", "g", "--partition", "0", code=64)[1]
    assert "did you mean 'session.timeout.ms'?" in ottla(node, "consume", "orders", "--group", "g", "-X", "session.timout.ms=1", code=78)[1]
    assert "heartbeat.interval.ms" in ottla(node, "consume", "orders", "--group", "g", "-X", "session.timeout.ms=1", code=78)[1]
    assert "INVALID_SESSION_TIMEOUT" in ottla(
        node, "consume", "orders", "--group", "g", "-X", "session.timeout.ms=999", "-X", "heartbeat.interval.ms=9", code=1)[1]
