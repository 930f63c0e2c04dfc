"""What `ottla consume` prints of records that other clients wrote."""

import base64
import json
import select
import signal
import socket
import subprocess
import threading
import time

import kafka
import pytest
from broker import Broker, binary, spawn
from confluent_kafka import Producer
from test_client_commands import ottla
from test_fixtures import EXPECTED, rows_of, unpack


@pytest.fixture
def node():
    with Broker(settings=["group.initial.rebalance.delay.ms=0", "offsets.topic.num.partitions=2"]) as broker:
        yield broker


def consume(node, *arguments):
    return ottla(node, "consume", *arguments)[0]


@pytest.mark.parametrize("codec", ["none", "gzip", "snappy", "lz4", "zstd"])
def test_every_codec_of_every_client(node, codec):
    ottla(node, "topic", "create", "t")
    values = [f"value {number} {'x' * (number % 700)}" for number in range(1000)]
    producer = Producer({"bootstrap.servers": node.address, "compression.type": codec, "linger.ms": 20})
    for value in values:
        producer.produce("t", value.encode())
    assert producer.flush(20) == 0
    other = kafka.KafkaProducer(bootstrap_servers=node.address, compression_type=None if codec == "none" else codec, linger_ms=20)
    for value in values:
        other.send("t", value.encode())
    other.close()
    assert consume(node, "t") == values + values


def test_an_offset_beyond_the_end_is_no_reason_to_begin_anew(node):
    ottla(node, "topic", "create", "t")
    producer = Producer({"bootstrap.servers": node.address})
    producer.produce("t", b"old")
    assert producer.flush(20) == 0
    assert consume(node, "t", "--from", "1000") == []
    process = spawn([binary(), "consume", "t", "--from", "1000", "--follow", "--bootstrap", node.address], stdout=subprocess.PIPE)
    with process.stdout as lines:
        while not select.select([lines], [], [], 0.1)[0]:
            producer.produce("t", b"new")
            assert producer.flush(20) == 0 and process.poll() is None
        assert lines.readline() == b"new\n"
    process.kill()


def test_places_limits_and_formats(node):
    ottla(node, "topic", "create", "t", "--partitions", "2")
    producer = Producer({"bootstrap.servers": node.address})
    for number in range(10):
        producer.produce("t", b"v%d" % number, key=b"k", partition=1, timestamp=1000 + number, headers=[("h", b"1"), ("n", None)])
    producer.produce("t", None, key=b"gone", partition=0, timestamp=5)
    assert producer.flush(20) == 0
    assert consume(node, "t", "--partition", "1", "--from", "7") == ["v7", "v8", "v9"]
    assert consume(node, "t", "--partition", "1", "--from", "time:1004", "--limit", "2") == ["v4", "v5"]
    assert consume(node, "t", "--from", "end") == []
    assert consume(node, "t", "--partition", "1", "--limit", "1", "--format", "%t %p %o %T %k %v %h %%\\t|") == ["t 1 0 1000 k v0 h=1,n= %\t|"]
    assert [json.loads(line) for line in consume(node, "t", "--partition", "0", "--output", "json")] == [
        {"topic": "t", "partition": 0, "offset": 0, "timestamp": 5, "key": "gone", "value": None, "headers": []}]
    assert "'%z' is not known" in ottla(node, "consume", "t", "--format", "%z", code=64)[1]
    assert "has no partition 9" in ottla(node, "consume", "t", "--partition", "9", code=64)[1]
    assert "did you mean 't'?" in ottla(node, "consume", "T", code=1)[1]
    # Records that are no longer there are passed over.
    ottla(node, "record", "delete", "t", "--partition", "1", "--before", "8", "--yes")
    assert consume(node, "t", "--partition", "1", "--from", "2") == ["v8", "v9"]


def test_following_goes_on_while_the_broker_dies_and_comes_back(tmp_path):
    with Broker(data=tmp_path / "data", settings=["ottla.flush.policy=ack"]) as node:
        ottla(node, "topic", "create", "t", "--partitions", "3")
        process = spawn(
            [binary(), "consume", "t", "--follow", "--bootstrap", node.address], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        seen = []
        reader = threading.Thread(target=lambda: seen.extend(line.strip() for line in process.stdout), daemon=True)
        reader.start()
        sent = 0
        for _ in range(3):
            producer = Producer({"bootstrap.servers": node.address, "acks": "all"})
            for _ in range(500):
                producer.produce("t", b"%d" % sent, partition=sent % 3)
                sent += 1
            assert producer.flush(20) == 0
            deadline = time.monotonic() + 30
            # The lines come through a pipe, so what was read shows a little later.
            while len(seen) < sent and time.monotonic() < deadline:
                assert process.poll() is None
                time.sleep(0.01)
            assert sorted(map(int, seen)) == list(range(sent))
            node.kill()
            node.start()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == -signal.SIGTERM


def test_what_kafka_wrote_is_read_at_both_isolation_levels(tmp_path):
    """Aborted transactions, control records and every codec, as Kafka's own log directory holds them."""
    with Broker(data=unpack("clean", tmp_path)) as node:
        for topic, levels in EXPECTED.items():
            if topic.startswith("_"):
                continue
            for level, facts in levels.items():
                more = ["--uncommitted"] if level == "read_uncommitted" else []
                rows = [json.loads(line) for line in consume(node, topic, "--output", "json", *more)]
                assert len(rows) == facts["records"], (topic, level)
                theirs, _ = rows_of(node.address, topic, level, len(facts["watermarks"]))
                assert sorted((row["partition"], row["offset"], row["timestamp"]) for row in rows) == sorted((row[0], row[1], row[3]) for row in theirs)
                values = {(row[0], row[1]): row[5] and bytes.fromhex(row[5]) for row in theirs}
                assert all(values[row["partition"], row["offset"]] == value_of(row) for row in rows), (topic, level)


def value_of(row):
    """The bytes that a line of JSON stands for; None is null."""
    if "value_base64" in row:
        return base64.b64decode(row["value_base64"], validate=True)
    return None if row["value"] is None else row["value"].encode()


def test_a_connection_that_is_cut_at_any_byte_of_an_answer(node):
    """A proxy passes on some bytes of the answers and then closes: the client connects again and goes on, and prints each record once."""
    ottla(node, "topic", "create", "t")
    values = [f"value {number}" for number in range(50)]
    producer = Producer({"bootstrap.servers": node.address})
    for value in values:
        producer.produce("t", value.encode())
    assert producer.flush(20) == 0
    for cut in [0, 1, 3, 4, 5, 30, 200, 400, *range(420, 1600, 97)]:
        with socket.create_server(("127.0.0.1", 0)) as server:
            thread = threading.Thread(target=pass_on, args=(server, node.port, cut), daemon=True)
            thread.start()
            address = "127.0.0.1:%d" % server.getsockname()[1]
            # The proxy's first connection breaks; the brokers that are announced are reached without it.
            done = subprocess.run(
                [binary(), "consume", "t", "--bootstrap", f"{address},{node.address}"], capture_output=True, text=True, timeout=60)
            assert (done.returncode, done.stdout.splitlines()) == (0, values), (cut, done.stderr)


def pass_on(server, port, cut):
    try:
        client = server.accept()[0]
    except OSError:
        return
    server.close()
    with client, socket.create_connection(("127.0.0.1", port)) as broker:
        answers = threading.Thread(target=lambda: limited(broker, client, cut), daemon=True)
        answers.start()
        while data := receive(client):
            broker.sendall(data)
        answers.join(10)


def limited(broker, client, cut):
    while cut > 0 and (data := receive(broker)):
        client.sendall(data[:cut])
        cut -= len(data)
    for end in (client, broker):
        end.shutdown(socket.SHUT_RDWR)


def receive(connection):
    try:
        return connection.recv(65536)
    except OSError:
        return b""
