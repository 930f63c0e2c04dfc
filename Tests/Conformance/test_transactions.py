"""Transactions, with real clients and their default settings: what is committed is seen as a whole, what is aborted never, and who was replaced is fenced."""

import asyncio
import json
import subprocess
import threading
import time
import uuid

import aiokafka
import kafka
import pytest
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from broker import Broker, binary, eventually
from transaction_wire import Wire
from wire import batch


def name(prefix):
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


def make_topic(shared, partitions=3):
    topic = name("txn")
    replicas = len(shared.node_ids)
    admin = AdminClient({"bootstrap.servers": shared.address})
    for future in admin.create_topics([NewTopic(topic, partitions, replicas)]).values():
        future.result(30)
    return topic


def producer(shared, identity, **settings):
    made = Producer({"bootstrap.servers": shared.address, "transactional.id": identity, **settings})
    made.init_transactions(30)
    return made


def read(shared, topic, count, partitions=3, isolation="read_committed", patience=15):
    """What a reader gets of the topic: `count` records, or what there is when nothing more comes."""
    consumer = Consumer({"bootstrap.servers": shared.address, "group.id": name("g"), "isolation.level": isolation, "auto.offset.reset": "earliest",
                         "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, number, 0) for number in range(partitions)])
    found, until = [], time.monotonic() + patience
    while len(found) < count and time.monotonic() < until:
        message = consumer.poll(0.2)
        if message is not None and message.error() is None:
            found.append(message.value().decode())
    extra = consumer.poll(0.5)
    if extra is not None and extra.error() is None:
        found.append(extra.value().decode())
    consumer.close()
    return sorted(found)


def ottla(shared, *arguments, code=0, stdin=None):
    result = subprocess.run([binary(), *arguments, "--bootstrap", shared.address], input=stdin, capture_output=True, text=True, timeout=60)
    assert result.returncode == code, result.stdout + result.stderr
    return result.stdout + result.stderr


def rows(shared, *arguments):
    """The rows of a command's table."""
    result = subprocess.run([binary(), *arguments, "--output", "json", "--bootstrap", shared.address], capture_output=True, text=True, timeout=60)
    return [json.loads(line) for line in result.stdout.splitlines() if line.strip()]


# Whole or not at all


def with_confluent(shared, topic, identity, values, commits):
    made = producer(shared, identity)
    for value, commit in zip(values, commits):
        made.begin_transaction()
        for number in range(3):
            made.produce(topic, f"{value}-{number}", partition=number)
        if commit:
            made.commit_transaction(30)
        else:
            made.flush(30)
            made.abort_transaction(30)


def with_kafka_python(shared, topic, identity, values, commits):
    made = kafka.KafkaProducer(bootstrap_servers=shared.address, transactional_id=identity)
    made.init_transactions()
    for value, commit in zip(values, commits):
        made.begin_transaction()
        for number in range(3):
            made.send(topic, f"{value}-{number}".encode(), partition=number)
        if commit:
            made.commit_transaction()
        else:
            made.flush()
            made.abort_transaction()
    made.close()


def with_aiokafka(shared, topic, identity, values, commits):
    async def run():
        made = aiokafka.AIOKafkaProducer(bootstrap_servers=shared.address, transactional_id=identity)
        await made.start()
        try:
            for value, commit in zip(values, commits):
                await made.begin_transaction()
                for number in range(3):
                    await made.send_and_wait(topic, f"{value}-{number}".encode(), partition=number)
                await (made.commit_transaction() if commit else made.abort_transaction())
        finally:
            await made.stop()

    asyncio.run(asyncio.wait_for(run(), 60))


CLIENTS = [with_confluent, with_kafka_python, with_aiokafka]


@pytest.mark.parametrize("client", CLIENTS)
def test_what_is_committed_is_seen_and_what_is_aborted_is_not(shared, client):
    topic = make_topic(shared)
    client(shared, topic, name("id"), ["a", "b", "c", "d"], [True, False, True, False])
    committed = sorted(f"{value}-{number}" for value in "ac" for number in range(3))
    assert read(shared, topic, 6) == committed
    everything = sorted(f"{value}-{number}" for value in "abcd" for number in range(3))
    assert read(shared, topic, 12, isolation="read_uncommitted") == everything


def test_an_open_transaction_holds_readers_back(shared):
    topic = make_topic(shared, 1)
    open_one, other = producer(shared, name("id")), producer(shared, name("id"))
    open_one.begin_transaction()
    open_one.produce(topic, "first")
    assert open_one.flush(30) == 0
    other.begin_transaction()
    other.produce(topic, "second")
    other.commit_transaction(30)
    assert read(shared, topic, 1, 1, patience=2) == []
    assert read(shared, topic, 2, 1, isolation="read_uncommitted") == ["first", "second"]
    held = rows(shared, "transaction", "why", f"{topic}/0")
    assert [row["from"] for row in held] == [0] and held[0]["state"] == "Ongoing" and held[0]["hangs"] is False
    open_one.commit_transaction(30)
    assert read(shared, topic, 2, 1) == ["first", "second"]


# Who was replaced


def test_a_second_producer_fences_the_first(shared):
    topic, identity = make_topic(shared, 1), name("id")
    first = producer(shared, identity)
    first.begin_transaction()
    first.produce(topic, "of the first")
    assert first.flush(30) == 0
    second = producer(shared, identity)
    with pytest.raises(KafkaException) as raised:
        first.commit_transaction(30)
    assert raised.value.args[0].fatal()
    second.begin_transaction()
    second.produce(topic, "of the second")
    second.commit_transaction(30)
    assert read(shared, topic, 1, 1) == ["of the second"]


def test_a_transaction_that_takes_too_long_is_aborted(shared):
    topic, identity = make_topic(shared, 1), name("id")
    late = producer(shared, identity, **{"transaction.timeout.ms": 1000})
    late.begin_transaction()
    late.produce(topic, "late")
    assert late.flush(30) == 0
    eventually(lambda: "CompleteAbort" in ottla(shared, "transaction", "describe", identity), 15, "the coordinator ends it")
    with pytest.raises(KafkaException):
        late.commit_transaction(30)
    assert read(shared, topic, 1, 1, patience=2) == []
    assert "transaction.timeout.ms is 1000" in ottla(shared, "why", f"transaction:{identity}")


# Offsets


def committed(shared, group, topic, stable=True):
    consumer = Consumer({"bootstrap.servers": shared.address, "group.id": group, "isolation.level": "read_committed" if stable else "read_uncommitted"})
    try:
        return consumer.committed([TopicPartition(topic, 0)], 3)[0].offset
    except KafkaException:
        return None
    finally:
        consumer.close()


@pytest.mark.parametrize("commit", [True, False])
def test_offsets_count_with_their_transaction(shared, commit):
    topic, group = make_topic(shared, 1), name("g")
    consumer = Consumer({"bootstrap.servers": shared.address, "group.id": group, "enable.auto.commit": False})
    made = producer(shared, name("id"))
    made.begin_transaction()
    made.produce(topic, "v")
    made.send_offsets_to_transaction([TopicPartition(topic, 0, 7)], consumer.consumer_group_metadata(), 30)
    assert committed(shared, group, topic) is None, "it is not decided yet"
    if commit:
        made.commit_transaction(30)
    else:
        made.abort_transaction(30)
    eventually(lambda: committed(shared, group, topic) == (7 if commit else -1001), 15, "decided")
    consumer.close()


def test_consume_transform_produce_copies_each_record_once(shared):
    source, target, group, count = make_topic(shared), make_topic(shared), name("g"), 300
    plain = Producer({"bootstrap.servers": shared.address})
    for number in range(count):
        plain.produce(source, f"{number:04}", partition=number % 3)
    assert plain.flush(30) == 0

    def copy(identity, until):
        """As a service would do it: what fails is begun anew."""
        while not until():
            consumer = Consumer({"bootstrap.servers": shared.address, "group.id": group, "isolation.level": "read_committed",
                                 "auto.offset.reset": "earliest", "enable.auto.commit": False, "session.timeout.ms": 6000})
            consumer.subscribe([source])
            made = producer(shared, identity)
            try:
                for _ in range(4):
                    messages = [message for message in consumer.consume(25, 0.5) if message.error() is None]
                    if not messages:
                        continue
                    made.begin_transaction()
                    for message in messages:
                        made.produce(target, message.value(), partition=message.partition())
                    made.send_offsets_to_transaction(consumer.position(consumer.assignment()), consumer.consumer_group_metadata(), 30)
                    made.commit_transaction(30)
            except KafkaException:
                pass
            finally:
                consumer.close()

    done = threading.Event()
    copiers = [threading.Thread(target=copy, args=(name("id"), done.is_set)) for _ in range(2)]
    for copier in copiers:
        copier.start()
    expected = [f"{number:04}" for number in range(count)]
    try:
        eventually(lambda: len(read(shared, target, count, patience=5)) >= count, 90, "all is copied")
    finally:
        done.set()
        for copier in copiers:
            copier.join()
    assert read(shared, target, count) == expected


# The command


def test_the_command_shows_and_ends_transactions(shared):
    topic, identity = make_topic(shared, 1), name("id")
    open_one = producer(shared, identity)
    open_one.begin_transaction()
    open_one.produce(topic, "v")
    assert open_one.flush(30) == 0
    listed = [row for row in rows(shared, "transaction", "list", "--state", "Ongoing") if row["id"] == identity]
    assert len(listed) == 1 and listed[0]["coordinator"] in shared.node_ids
    assert not [row for row in rows(shared, "transaction", "list", "--longer-than", "600") if row["id"] == identity]
    described = ottla(shared, "transaction", "describe", identity)
    assert "Ongoing" in described and topic in described
    assert "no transaction hangs in 1 partitions" in ottla(shared, "transaction", "find-hanging", "--topic", topic)
    assert "fenced" in ottla(shared, "transaction", "abort", identity, "--yes")
    with pytest.raises(KafkaException):
        open_one.commit_transaction(30)
    eventually(lambda: "up to offset 2" in ottla(shared, "transaction", "why", f"{topic}/0"), 15, "the marker is there")
    assert "is no state" in ottla(shared, "transaction", "list", "--state", "Nonsense", code=64)
    assert "TRANSACTIONAL_ID_NOT_FOUND" in ottla(shared, "transaction", "describe", name("none"), code=1)


def test_ottla_produce_in_one_transaction(shared):
    topic = make_topic(shared, 1)
    ottla(shared, "produce", topic, "-X", f"transactional.id={name('id')}", stdin="one\ntwo\n")
    assert read(shared, topic, 2, 1) == ["one", "two"]


# What ends the broker


def test_transactions_outlive_kill_9(tmp_path):
    """Accounts whose sum every reader of committed records finds to be the same, whatever was under way."""
    with Broker(data=tmp_path / "data", settings=["offsets.topic.num.partitions=2", "transaction.state.log.num.partitions=2"]) as node:
        topic = make_topic(node)
        made = producer(node, "bank")
        for number in range(3):
            made.begin_transaction()
            for partition in range(3):
                made.produce(topic, f"{number}", partition=partition)
            made.commit_transaction(30)
        made.begin_transaction()
        made.produce(topic, "lost", partition=0)
        made.produce(topic, "lost", partition=2)
        assert made.flush(30) == 0
        node.kill()
        node.start()
        assert read(node, topic, 9) == sorted(["0", "1", "2"] * 3)
        assert "Ongoing" in ottla(node, "transaction", "describe", "bank")
        next_one = producer(node, "bank")
        next_one.begin_transaction()
        next_one.produce(topic, "next", partition=0)
        next_one.commit_transaction(30)
        assert read(node, topic, 10) == sorted(["0", "1", "2"] * 3 + ["next"])
        assert node.stop() == 0
        node.start()
        assert read(node, topic, 10) == sorted(["0", "1", "2"] * 3 + ["next"])


# Bad input, as bytes


@pytest.fixture(scope="module")
def node():
    with Broker(settings=["offsets.topic.num.partitions=2", "transaction.state.log.num.partitions=2", "transaction.max.timeout.ms=100000"]) as one:
        yield one
        assert one.is_alive(), one.logs()


@pytest.fixture
def open_wire(node):
    wire = Wire(node.address)
    eventually(lambda: wire.coordinator("x") == 0, 15, "a coordinator")
    yield wire
    wire.socket.close()


def test_producers_that_are_refused(node, open_wire):
    assert open_wire.init("")[0] == 42
    for timeout in [0, -1, 100_001, 2**31 - 1]:
        assert open_wire.init("x", timeout)[0] == 50
    code, first, epoch = open_wire.init(name("id"))
    assert (code, epoch) == (0, 0)
    assert open_wire.init(name("id"))[1] > first


def test_partitions_that_are_refused(node, open_wire):
    topic, identity = make_topic(node, 1), name("id")
    _, producer_id, epoch = open_wire.init(identity)
    assert open_wire.add(identity, producer_id + 1, epoch, topic, 0) == 49
    assert open_wire.add(name("none"), producer_id, epoch, topic, 0) == 49
    assert open_wire.add(identity, producer_id, epoch + 1, topic, 0) == 90
    assert open_wire.add(identity, producer_id, epoch + 1, topic, 0, version=1) == 47, "before PRODUCER_FENCED was known"
    assert open_wire.add(identity, producer_id, epoch, topic, 5) == 3
    assert open_wire.add(identity, producer_id, epoch, "none", 0) == 3
    assert open_wire.add("", producer_id, epoch, topic, 0) == 42
    assert open_wire.add(identity, producer_id, epoch, topic, 0) == 0


def test_ends_that_are_refused(node, open_wire):
    topic, identity = make_topic(node, 1), name("id")
    _, producer_id, epoch = open_wire.init(identity)
    assert open_wire.end(identity, producer_id, epoch) == 48, "there is nothing to end"
    assert open_wire.add(identity, producer_id, epoch, topic, 0) == 0
    assert open_wire.end(identity, producer_id, epoch + 1) == 90
    assert open_wire.end(identity, producer_id + 1, epoch) == 49
    assert open_wire.end(identity, producer_id, epoch) == 0
    eventually(lambda: open_wire.end(identity, producer_id, epoch) == 0, 15, "the same again is well")
    assert open_wire.end(identity, producer_id, epoch, commit=False) == 48
    assert open_wire.end("", producer_id, epoch) == 42


def test_batches_that_are_refused(node, open_wire):
    topic, identity = make_topic(node, 2), name("id")
    _, producer_id, epoch = open_wire.init(identity)

    def data(sequence=0, pepoch=None, pid=None):
        return batch(attributes=0x10, pid=producer_id if pid is None else pid, pepoch=epoch if pepoch is None else pepoch, sequence=sequence)

    assert open_wire.produce(None, topic, 0, data()) == 53
    assert open_wire.produce(identity, topic, 0, data()) == 48, "the partition is not part of it"
    assert open_wire.add(identity, producer_id, epoch, topic, 0) == 0
    assert open_wire.produce(identity, topic, 1, data()) == 48
    assert open_wire.produce(identity, topic, 0, data(pid=producer_id + 77)) == 49
    assert open_wire.produce(identity, topic, 0, data()) == 0
    assert open_wire.produce(identity, topic, 0, data()) == 0, "the same again is a duplicate"
    assert open_wire.produce(identity, topic, 0, data(sequence=5)) == 45
    assert open_wire.produce(identity, topic, 0, batch(pid=producer_id, pepoch=epoch, sequence=1)) == 48, "not transactional, within a transaction"
    assert open_wire.end(identity, producer_id, epoch) == 0
    eventually(lambda: open_wire.end(identity, producer_id, epoch) == 0, 15, "the marker is written")
    assert open_wire.produce(identity, topic, 0, data(sequence=1)) == 48, "the transaction is over"
    assert open_wire.init(identity)[0] == 0
    assert open_wire.produce(identity, topic, 0, data(sequence=1)) in (47, 90), "its epoch is fenced"
    assert read(node, topic, 1, 2) == ["v"]


def test_a_hanging_transaction_is_found_and_ended():
    """Without verification a late batch can open a transaction that no coordinator knows of."""
    settings = ["transaction.state.log.num.partitions=2", "transaction.partition.verification.enable=false"]
    with Broker(settings=settings) as node:
        topic, identity = make_topic(node, 1), name("id")
        wire = Wire(node.address)
        eventually(lambda: wire.coordinator("x") == 0, 15, "a coordinator")
        _, producer_id, epoch = wire.init(identity)
        assert wire.produce(identity, topic, 0, batch(attributes=0x10, pid=producer_id, pepoch=epoch, sequence=0)) == 0
        assert read(node, topic, 1, 1, patience=1) == []
        found = ottla(node, "transaction", "find-hanging", code=1)
        assert f"{topic}/0" in found and str(producer_id) in found and identity in found
        assert "up to offset 0, 1 before its end" in ottla(node, "transaction", "why", f"{topic}/0")
        assert "no open transaction" in ottla(
            node, "transaction", "abort", "--partition", f"{topic}/0", "--producer-id", str(producer_id + 1), "--yes", code=64)
        ottla(node, "transaction", "abort", "--partition", f"{topic}/0", "--producer-id", str(producer_id), "--yes")
        assert "no transaction hangs" in ottla(node, "transaction", "find-hanging")
        assert "up to offset 2" in ottla(node, "transaction", "why", f"{topic}/0")
        wire.socket.close()
