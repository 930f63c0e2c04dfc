"""Directories that Apache Kafka wrote are served over the wire exactly as Kafka served them."""

import gzip
import hashlib
import json
import os
import pathlib
import subprocess
import tarfile

import pytest
from confluent_kafka import Consumer, TopicPartition

from broker import Broker, binary

FIXTURES = pathlib.Path(__file__).resolve().parents[1] / "LogStorageTests" / "Fixtures"
EXPECTED = json.loads(gzip.open(FIXTURES / "expected.json.gz").read())


def unpack(variant, where):
    with tarfile.open(FIXTURES / f"kafka-4.4-data-{variant}.tar.gz") as archive:
        archive.extractall(where)
    return os.path.join(where, "data")


def rows_of(address, topic, level, count):
    consumer = Consumer({
        "bootstrap.servers": address, "group.id": "reader", "isolation.level": level, "enable.partition.eof": True,
        "auto.offset.reset": "earliest", "enable.auto.commit": False})
    rows = []
    marks = []
    for partition in range(count):
        marks.append(list(consumer.get_watermark_offsets(TopicPartition(topic, partition), 10)))
        consumer.assign([TopicPartition(topic, partition, marks[-1][0])])
        while True:
            message = consumer.poll(10)
            assert message is not None
            if message.error():
                break
            kind, timestamp = message.timestamp()
            hexed = lambda value: None if value is None else value.hex()
            headers = [[key, hexed(value)] for key, value in message.headers() or []]
            rows.append([partition, message.offset(), kind, timestamp, hexed(message.key()), hexed(message.value()), headers])
    consumer.close()
    return rows, marks


@pytest.mark.parametrize("variant", ["clean", "crashed"])
def test_a_directory_of_kafka_is_served_as_it_is(variant, tmp_path):
    data = unpack(variant, tmp_path)
    with Broker(data=data) as broker:
        assert "node=7 cluster=T3R0bGFGaXh0dXJlMDAwMQ" in broker.ready_line
        for topic, levels in EXPECTED.items():
            if topic.startswith("_"):
                continue
            for level, facts in levels.items():
                rows, _ = rows_of(broker.address, topic, level, len(facts["watermarks"]))
                assert len(rows) == facts["records"], (topic, level)
                text = json.dumps(sorted(rows, key=lambda r: (r[0], r[1])), separators=(",", ":"))
                assert hashlib.sha256(text.encode()).hexdigest() == facts["sha256"] or rows == facts.get("rows"), (topic, level)
        for group, topics in EXPECTED["_groups"].items():
            consumer = Consumer({"bootstrap.servers": broker.address, "group.id": group})
            for topic, partitions in topics.items():
                for partition, (offset, metadata) in partitions.items():
                    found = consumer.committed([TopicPartition(topic, int(partition))], 10)[0]
                    assert (found.offset, found.metadata or "") == (offset, metadata), (group, topic, partition)
            consumer.close()
        if variant == "crashed":
            rows, marks = rows_of(broker.address, "crash-only", "read_uncommitted", 1)
            assert len(rows) == 500 and [int(bytes.fromhex(r[4])) for r in rows] == list(range(500))
        assert broker.stop() == 0
    names = os.listdir(data)
    assert ".kafka_cleanshutdown" in names and not any(n.startswith("gone-") for n in names)
    check = subprocess.run([binary(), "log", "dump", "--verify", data], capture_output=True, text=True, timeout=60)
    assert check.returncode == 0, check.stdout


def test_a_directory_opens_again_and_again(tmp_path):
    data = unpack("clean", tmp_path)
    for _ in range(3):
        with Broker(data=data) as broker:
            rows, _ = rows_of(broker.address, "txn", "read_committed", 2)
            assert len(rows) == EXPECTED["txn"]["read_committed"]["records"]
            assert broker.stop() == 0
