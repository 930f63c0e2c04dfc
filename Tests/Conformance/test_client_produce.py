"""What `ottla produce` sends, read back by the clients that others wrote."""

import asyncio
import json
import subprocess
import time

import aiokafka
import kafka
import pytest
from broker import Broker, binary, spawn
from confluent_kafka import Consumer, Producer
from test_client_commands import ottla


@pytest.fixture
def node():
    with Broker(settings=["group.initial.rebalance.delay.ms=0", "offsets.topic.num.partitions=2"]) as broker:
        yield broker


def start(node, *arguments):
    return spawn(
        [binary(), "produce", *arguments, "--bootstrap", node.address], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def produce(node, lines, *arguments, code=0):
    process = start(node, *arguments)
    complaint = process.communicate("".join(line + "\n" for line in lines), timeout=60)[1].strip()
    assert process.returncode == code, complaint
    return complaint


def read(node, topic, count):
    """(partition, key, value, headers) of a topic's records, by librdkafka, which checks checksums here."""
    consumer = Consumer({
        "bootstrap.servers": node.address, "group.id": f"read-{time.monotonic()}", "auto.offset.reset": "earliest", "check.crcs": True})
    consumer.subscribe([topic])
    records = []
    while len(records) < count:
        message = consumer.poll(20)
        assert message is not None and message.error() is None
        records.append((message.partition(), message.key(), message.value(), message.headers()))
    assert consumer.poll(0.5) is None
    consumer.close()
    return records


@pytest.mark.parametrize("codec", ["none", "gzip", "snappy", "lz4", "zstd"])
def test_every_client_reads_every_codec(node, codec):
    ottla(node, "topic", "create", "t")
    values = [f"value {number} {'x' * (number % 700)}" for number in range(2000)]
    assert produce(node, values, "t", "--compression", codec) == "2000 records sent to 't'"
    expected = [value.encode() for value in values]
    assert [value for _, _, value, _ in read(node, "t", 2000)] == expected
    consumer = kafka.KafkaConsumer("t", bootstrap_servers=node.address, auto_offset_reset="earliest", consumer_timeout_ms=20000)
    assert [next(consumer).value for _ in expected] == expected
    consumer.close()

    async def by_aiokafka():
        client = aiokafka.AIOKafkaConsumer("t", bootstrap_servers=node.address, auto_offset_reset="earliest")
        await client.start()
        try:
            return [(await asyncio.wait_for(client.getone(), 20)).value for _ in expected]
        finally:
            await client.stop()

    assert asyncio.run(by_aiokafka()) == expected


def test_keys_go_where_java_and_librdkafka_send_them(node):
    for topic in ("ours", "theirs"):
        ottla(node, "topic", "create", topic, "--partitions", "7")
    keys = [f"key-{number}" for number in range(500)] + ["", "k", "ké", "x" * 300]
    produce(node, [f"{key}|v" for key in keys], "ours", "--key-separator", "|", "--header", "a=1", "--header", "b=")
    producer = Producer({"bootstrap.servers": node.address, "partitioner": "murmur2"})
    for key in keys:
        producer.produce("theirs", b"v", key=key.encode())
    assert producer.flush(20) == 0
    ours, theirs = read(node, "ours", len(keys)), read(node, "theirs", len(keys))
    assert {(partition, key) for partition, key, _, _ in ours} == {(partition, key) for partition, key, _, _ in theirs}
    assert all(headers == [("a", b"1"), ("b", b"")] for _, _, _, headers in ours)


@pytest.mark.parametrize("acks", ["0", "1", "all"])
def test_acknowledgements(node, acks):
    ottla(node, "topic", "create", "t", "--partitions", "3")
    produce(node, [str(number) for number in range(1000)], "t", "--acks", acks)
    assert sorted(int(value) for _, _, value, _ in read(node, "t", 1000)) == list(range(1000))


def test_what_cannot_be_sent(node):
    ottla(node, "topic", "create", "orders")
    assert produce(node, ["x"], "ordrs", code=1).endswith("did you mean 'orders'?")
    assert [line.split()[0] for line in ottla(node, "topic", "list")[0]] == ["NAME", "orders"], "a mistyped name is not made a topic"
    assert "partition 3 does not exist" in produce(node, ["x"], "orders", "--partition", "3", code=64)
    assert "line 2 has no ':'" in produce(node, ["a:1", "b", "c:2"], "orders", "--key-separator", ":", code=1)
    assert read(node, "orders", 1)[0][1:3] == (b"a", b"1")
    assert "larger than" in produce(node, ["x" * 2_000_000], "orders", code=1)
    # The topic's limit is the broker's to enforce; what follows still arrives.
    ottla(node, "config", "set", "topic/orders", "max.message.bytes=1000")
    assert "MESSAGE_TOO_LARGE" in produce(node, ["y" * 5000], "orders", code=1)
    produce(node, ["after"], "orders")
    assert read(node, "orders", 2)[1][2] == b"after"


def test_nobody_there():
    process = subprocess.run([binary(), "produce", "t", "--bootstrap", "127.0.0.1:1"], input="x\n", capture_output=True, text=True, timeout=60)
    assert process.returncode == 69 and "Connection refused" in process.stderr


def test_a_broker_that_dies_and_comes_back_loses_and_repeats_nothing(tmp_path):
    """kill -9 in the middle: the producer goes on when the broker is back, each record once and in order in its partition."""
    with Broker(data=tmp_path / "data", settings=["ottla.flush.policy=ack"]) as node:
        ottla(node, "topic", "create", "t", "--partitions", "2")
        process = start(node, "t", "--key-separator", ":", "--linger", "0")
        count = 0
        for _ in range(3):
            for _ in range(3000):
                process.stdin.write(f"{count % 10}:{count}\n")
                count += 1
            process.stdin.flush()
            # Not before some of it has arrived.
            deadline = time.monotonic() + 30
            while sum(log_ends(node)) == 0:
                assert time.monotonic() < deadline
            node.kill()
            node.start()
        complaint = process.communicate(timeout=60)[1]
        assert process.returncode == 0, complaint
        by_partition = {0: [], 1: []}
        for partition, _, value, _ in read(node, "t", count):
            by_partition[partition].append(int(value))
        for values in by_partition.values():
            assert values == sorted(set(values))
        assert sorted(by_partition[0] + by_partition[1]) == list(range(count))


def log_ends(node):
    return [json.loads(line)["end"] for line in ottla(node, "topic", "describe", "t", "--output", "json")[0]]


def test_json_lines_go_in_as_they_come_out(node):
    for topic in ("from", "to"):
        ottla(node, "topic", "create", topic, "--partitions", "2")
    lines = [
        {"key": "k", "value": "va\u00fc\U0001f600\"\\\n", "timestamp": 1000, "partition": 1, "headers": [{"key": "h", "value": "1"}, {"key": "n", "value": None}]},
        {"value": None, "key": "gone", "timestamp": 2000, "partition": 0},
        {"value": {"nested": [1, True]}, "timestamp": 3000, "partition": 0},
    ]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    run = subprocess.run(
        [binary(), "produce", "from", "--input", "json", "--bootstrap", node.address], input=text, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    out = sorted(ottla(node, "consume", "from", "--output", "json")[0])
    copied = subprocess.run(
        [binary(), "produce", "to", "--input", "json", "--rate", "100", "--bootstrap", node.address], input="\n".join(out) + "\n",
        capture_output=True, text=True, timeout=60)
    assert copied.returncode == 0, copied.stderr
    assert sorted(line.replace('"to"', '"from"') for line in ottla(node, "consume", "to", "--output", "json")[0]) == out
    rows = {row["timestamp"]: row for row in map(json.loads, out)}
    assert rows[1000]["value"] == lines[0]["value"] and rows[1000]["headers"] == lines[0]["headers"] and rows[1000]["partition"] == 1
    assert rows[2000]["value"] is None and rows[2000]["key"] == "gone"
    assert json.loads(rows[3000]["value"]) == {"nested": [1, True]}
    for line, problem in [
        ("{", "is not JSON: a field's name is missing at byte 2"), ('{"value": 1.5}', "the number is not whole"), ("[1]", "is not a JSON object"),
        ('{"key": "a"}', "has no value; null is a tombstone"), ('{"value": "a", "extra": 1}', "'extra'"), ('{"value": "\\ud800"}', "an unpaired surrogate"),
        ("[" * 100, "nested too deeply"), ('{"value": "a"} x', "something follows"),
    ]:
        bad = subprocess.run(
            [binary(), "produce", "from", "--input", "json", "--bootstrap", node.address], input=line + "\n", capture_output=True, text=True, timeout=60)
        assert bad.returncode == 1 and "line 1" in bad.stderr and problem in bad.stderr, (line, bad.stderr)
