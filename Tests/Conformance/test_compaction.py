"""Compacted topics through real clients: the last value of each key stays, whatever is killed, and logs stop growing."""

import collections
import contextlib
import glob
import hashlib
import os
import random
import time

import pytest
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewTopic, ResourceType

from broker import Broker

EAGER = ["log.cleaner.backoff.ms=100", "log.cleaner.min.cleanable.ratio=0.01", "log.initial.task.delay.ms=200",
         "log.retention.check.interval.ms=300"]
SMALL = {"cleanup.policy": "compact", "internal.segment.bytes": "20000", "segment.bytes": "1048576", "file.delete.delay.ms": "100",
         "delete.retention.ms": "600000"}


def create(broker, topic, **config):
    config = {**SMALL, **{key.replace("_", "."): value for key, value in config.items()}}
    admin = AdminClient({"bootstrap.servers": broker.address})
    admin.create_topics([NewTopic(topic, 1, 1, config=config)])[topic].result(10)


def produce(broker, topic, rows, **settings):
    """Writes rows of key and value one after another; the result is the last value of each key."""
    producer = Producer({"bootstrap.servers": broker.address, "acks": "all", "batch.size": 5000, **settings})
    last, failed = {}, []
    for key, value in rows:
        producer.produce(topic, value, key, on_delivery=lambda error, _: failed.append(error) if error else None)
        last[key] = value
        producer.poll(0)
    assert producer.flush(30) == 0 and not failed
    return last


def read(broker, topic, start=0):
    """All records from an offset to the end: offset, key, value."""
    consumer = Consumer({"bootstrap.servers": broker.address, "group.id": "reader", "enable.auto.commit": False,
                         "auto.offset.reset": "earliest", "enable.partition.eof": True})
    try:
        consumer.assign([TopicPartition(topic, 0, start)])
        rows, deadline = [], time.monotonic() + 30
        while time.monotonic() < deadline:
            message = consumer.poll(1)
            if message is None:
                continue
            if message.error():
                return rows
            rows.append((message.offset(), message.key(), message.value()))
        raise AssertionError("the end of the topic was not reached")
    finally:
        consumer.close()


def wait(condition, what, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def passes(broker, topic):
    return sum("a log was compacted" in line and f"{topic}-0" in line for line in broker.logs().splitlines())


def passes_after(broker, seconds):
    """How many there are when there was none for some rounds of the cleaner."""
    known = -1
    while known != passes(broker, "table"):
        known = passes(broker, "table")
        time.sleep(seconds)
    return known


def check(rows, last):
    offsets = [offset for offset, _, _ in rows]
    assert offsets == sorted(set(offsets))
    found = {}
    for _, key, value in rows:
        found[key] = value
    assert {key: value for key, value in found.items() if value is not None} == {
        key: value for key, value in last.items() if value is not None}


def size(broker, topic):
    total = 0
    for path in glob.glob(f"{broker.data}/{topic}-0/*.log"):
        with contextlib.suppress(FileNotFoundError):  # Retention and compaction go on meanwhile.
            total += os.path.getsize(path)
    return total


@pytest.mark.parametrize("codec", ["none", "lz4", "zstd", "gzip", "snappy"])
def test_the_last_value_of_each_key_stays(codec):
    with Broker(settings=EAGER) as broker:
        create(broker, "table")
        rows = [(b"key %d" % (n % 50), None if n % 70 == 0 else hashlib.sha512(b"%d" % n).digest() * 2) for n in range(5000)]
        last = produce(broker, "table", rows, **{"compression.type": codec, "enable.idempotence": True})
        wait(lambda: len(read(broker, "table")) < 1000, "the log did not shrink")
        wait(lambda: passes(broker, "table") == passes_after(broker, 0.5), "passes do not end")
        everything = read(broker, "table")
        check(everything, last)
        # A reader that begins anywhere sees what is left behind that offset.
        for start in (1, 777, 4000, 4999):
            assert read(broker, "table", start) == [row for row in everything if row[0] >= start]
        # The offsets go on where they were, also after a start.
        broker.stop()
        broker.start()
        assert read(broker, "table") == everything
        last.update(produce(broker, "table", [(b"new", b"value")]))
        rows = read(broker, "table")
        assert rows[-1] == (5000, b"new", b"value")
        check(rows, last)


def test_kills_lose_no_value():
    generator = random.Random(17)
    with Broker(settings=EAGER) as broker:
        create(broker, "table")
        last = {}
        for turn in range(8):
            rows = [(b"key %d" % generator.randrange(30), b"%d/%d " % (turn, n) + b"y" * 200) for n in range(1500)]
            last.update(produce(broker, "table", rows, **{"linger.ms": 1}))
            before = passes(broker, "table")
            wait(lambda: passes(broker, "table") > before or generator.random() < 0.02, "no pass")
            broker.kill()
            broker.start()
            check(read(broker, "table"), last)
        assert passes(broker, "table") > 0
        left = [name for name in os.listdir(f"{broker.data}/table-0") if name.endswith((".cleaned", ".swap"))]
        wait(lambda: not [name for name in os.listdir(f"{broker.data}/table-0") if name.endswith((".cleaned", ".swap"))], left)


def test_tombstones_go_when_their_time_is_over():
    with Broker(settings=EAGER) as broker:
        create(broker, "table", delete_retention_ms="1000")
        produce(broker, "table", [(b"gone", b"1"), (b"stays", b"2"), (b"gone", None)])
        filler = lambda: produce(broker, "table", [(b"filler", b"z" * 1000) for _ in range(40)])
        filler()

        def is_gone():
            filler()
            return b"gone" not in [key for _, key, _ in read(broker, "table")]

        wait(is_gone, "the tombstone stays")
        assert (1, b"stays", b"2") in read(broker, "table")


def test_retention_works_beside_it():
    with Broker(settings=EAGER) as broker:
        create(broker, "both", cleanup_policy="compact,delete", retention_bytes="60000")
        produce(broker, "both", [(b"key %d" % n, b"w" * 200) for n in range(3000)])
        wait(lambda: size(broker, "both") < 100_000, "retention did nothing")
        rows = read(broker, "both", 2999)
        assert rows == [(2999, b"key 2999", b"w" * 200)]


def test_committed_offsets_stop_growing():
    with Broker(settings=EAGER + ["offsets.topic.num.partitions=1", "offsets.topic.segment.bytes=1048576"]) as broker:
        admin = AdminClient({"bootstrap.servers": broker.address})
        admin.create_topics([NewTopic("t", 1, 1)])["t"].result(10)
        consumer = Consumer({"bootstrap.servers": broker.address, "group.id": "g", "enable.auto.commit": False})
        position = collections.Counter()

        def commit_much():
            for _ in range(1000):
                position["next"] += 1
                consumer.commit(offsets=[TopicPartition("t", 0, position["next"], metadata="m" * 1000)], asynchronous=False)
            return passes(broker, "__consumer_offsets") > 0

        wait(commit_much, "the offsets' topic is not compacted", 60)
        broker.kill()
        broker.start()
        committed = consumer.committed([TopicPartition("t", 0)], timeout=20)[0]
        assert committed.offset == position["next"]
        consumer.close()


def test_a_key_is_asked_for():
    with Broker() as broker:
        create(broker, "table")
        with pytest.raises((AssertionError, KafkaException)):
            produce(broker, "table", [(None, b"value")])
        # A topic that had records without keys loses them when it becomes compacted, and the log says so.
        admin = AdminClient({"bootstrap.servers": broker.address})
        admin.create_topics([NewTopic("late", 1, 1, config={**SMALL, "cleanup.policy": "delete"})])["late"].result(10)
        produce(broker, "late", [(None if n % 2 else b"k", b"v" * 300) for n in range(200)])
        resource = ConfigResource(ResourceType.TOPIC, "late", incremental_configs=[
            ConfigEntry("cleanup.policy", "compact", incremental_operation=AlterConfigOpType.SET),
            ConfigEntry("min.cleanable.dirty.ratio", "0", incremental_operation=AlterConfigOpType.SET)])
        admin.incremental_alter_configs([resource])[resource].result(10)
        wait(lambda: "records without a key were dropped" in broker.logs(), "not told", 60)
