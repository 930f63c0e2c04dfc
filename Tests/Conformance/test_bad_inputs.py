"""Bytes that no honest client sends, to a live broker; after each case a good client works and nothing has leaked."""

import select
import socket
import struct
import time

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from broker import Broker, eventually, is_closed, read_exactly, read_frame
from wire import batch, frame, produce_request

FAST = ["group.initial.rebalance.delay.ms=0", "offsets.topic.num.partitions=2"]


@pytest.fixture(scope="module")
def target():
    with Broker(settings=FAST) as broker:
        producer = Producer({"bootstrap.servers": broker.address})
        producer.produce("good", b"first")
        assert producer.flush(10) == 0
        yield broker


@pytest.fixture(autouse=True)
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


def send(target, data):
    connection = target.connect()
    connection.sendall(data)
    return connection


@pytest.mark.parametrize("size", [-1, -(2**31), 2**31 - 1, 104857601, 0, 1, 5, 9])
def test_impossible_sizes_close(target, size):
    with send(target, struct.pack(">i", size) + b"\0" * max(0, min(size, 9))) as connection:
        assert is_closed(connection)


def test_http_and_tls_are_recognised(target):
    def is_named(data, words):
        with send(target, data) as connection:
            assert is_closed(connection)
        return words in target.logs()

    # Only a few such lines are written each second.
    eventually(lambda: is_named(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "looks like HTTP"), 5)
    eventually(lambda: is_named(bytes.fromhex("16030100c8010000c40303") + b"\0" * 100, "looks like TLS"), 5)


def test_part_of_a_size_and_the_end(target):
    for count in (1, 2, 3):
        with send(target, b"\0" * count) as connection:
            connection.shutdown(socket.SHUT_WR)
            assert is_closed(connection)


def test_a_hundred_announced_megabytes_cost_nothing(target):
    before, sockets = target.resident_bytes(), target.open_sockets()
    connections = [send(target, struct.pack(">i", 104857600) + b"x") for _ in range(200)]
    eventually(lambda: target.open_sockets() >= sockets + 200, 10, "the connections are accepted")
    assert target.resident_bytes() - before < 16 << 20
    for connection in connections:
        connection.close()


def test_a_request_in_single_bytes_and_two_in_one(target):
    request = frame(18, 0, b"", correlation=5)
    with target.connect() as connection:
        for byte in request:
            connection.sendall(bytes([byte]))
        assert struct.unpack(">i", read_frame(connection)[:4])[0] == 5
        connection.sendall(frame(18, 0, b"", correlation=6) + frame(18, 0, b"", correlation=-7))
        assert [struct.unpack(">i", read_frame(connection)[:4])[0] for _ in range(2)] == [6, -7]


def test_ten_thousand_pipelined_requests_are_answered_in_order(target):
    with target.connect() as connection:
        connection.settimeout(30)
        import threading
        count = 10_000
        data = b"".join(frame(18, 0, b"", correlation=i) for i in range(count))
        sender = threading.Thread(target=lambda: connection.sendall(data))
        sender.start()
        for i in range(count):
            assert struct.unpack(">i", read_frame(connection)[:4])[0] == i
        sender.join()


def test_answers_that_nobody_reads_stop_the_reading(target):
    before = target.resident_bytes()
    connection = target.connect()
    connection.setblocking(False)
    data = frame(3, 0, struct.pack(">i", 0)) * 1000
    sent = 0
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline and sent < 50 << 20:
        try:
            sent += connection.send(data)
        except BlockingIOError:
            select.select([], [connection], [], 0.05)
    assert sent < 50 << 20, "the broker kept reading"
    assert target.resident_bytes() - before < 64 << 20
    connection.close()


@pytest.mark.parametrize("key,version", [(-1, 0), (32767, 0), (4, 0), (52, 0), (62, 0), (27, 1), (3, -1), (3, 99), (0, 2), (1, 3)])
def test_unknown_apis_and_versions_close(target, key, version):
    with send(target, frame(key, version, b"\0" * 50)) as connection:
        assert is_closed(connection)


def test_api_versions_of_a_future_version_is_answered_in_version_0(target):
    with send(target, frame(18, 77, b"", correlation=9, flexible=True)) as connection:
        answer = read_frame(connection)
        correlation, code, count = struct.unpack(">ihi", answer[:10])
        assert (correlation, code) == (9, 35) and count > 20
        connection.sendall(frame(18, 0, b"", correlation=10))
        assert struct.unpack(">ih", read_frame(connection)[:6]) == (10, 0)


@pytest.mark.parametrize("software", [b"", b"with space", b"x" * 10240, "\N{ROCKET}".encode()])
def test_software_names_are_checked(target, software):
    def compact(text):
        size = len(text) + 1
        out = b""
        while size >= 128:
            out += bytes([size & 127 | 128])
            size >>= 7
        return out + bytes([size]) + text

    with send(target, frame(18, 3, compact(software) + compact(b"1.0") + b"\0", flexible=True)) as connection:
        assert struct.unpack(">ih", read_frame(connection)[:6])[1] == 42


@pytest.mark.parametrize("header", [
    struct.pack(">hhih", 3, 0, 1, -2),
    struct.pack(">hhih", 3, 0, 1, 32767) + b"abc",
    struct.pack(">hhih", 3, 0, 1, 2) + b"\xc3\x28",
])
def test_malformed_headers_close(target, header):
    with send(target, struct.pack(">i", len(header)) + header) as connection:
        assert is_closed(connection)


def test_a_null_client_id_is_an_empty_one(target):
    header = struct.pack(">hhih", 18, 0, 3, -1)
    with send(target, struct.pack(">i", len(header)) + header) as connection:
        assert struct.unpack(">ih", read_frame(connection)[:6]) == (3, 0)


@pytest.mark.parametrize("count", [2**31 - 1, -2, 1000])
def test_array_counts_beyond_the_frame_close(target, count):
    with send(target, frame(3, 1, struct.pack(">i", count))) as connection:
        assert is_closed(connection)


def test_a_hundred_million_empty_structures_stop_at_a_million(target):
    before = target.resident_bytes()
    body = bytes([0x81, 0xC2, 0xD7, 0x2F]) + b"\0" * 50_000_000  # a compact count of 99,999,999 - 1
    with target.connect() as connection:
        try:
            connection.sendall(frame(3, 12, body, flexible=True))
        except ConnectionError:
            pass
        assert is_closed(connection)
    assert target.resident_bytes() - before < 300 << 20


def produce(target, records, acks=-1, version=3, topic="good", partition=0, timeout=1000):
    """Produces with version 3; returns (error code, base offset), or None when the connection was closed."""
    with target.connect() as connection:
        connection.sendall(produce_request(topic, partition, records, acks, timeout, version))
        answer = read_frame(connection)
        if answer is None:
            return None
        offset = 4 + 4 + 2 + len(topic) + 4 + 4
        return struct.unpack(">hq", answer[offset:offset + 10])


@pytest.mark.parametrize("records,code", [
    (b"", 87), (None, 87), (batch() + batch(), 87), (batch(magic=0), 87), (batch(magic=1), 87), (batch(magic=3), 2), (batch(magic=-1), 2),
    (batch(length=0), 2), (batch(length=13), 2), (batch(length=-5), 2), (batch(length=10**9), 2), (batch(crc=1), 2),
    (batch(attributes=5), 87), (batch(attributes=7), 87), (batch(attributes=4), 76), (batch(attributes=0x20), 87),
    (batch(count=0), 87), (batch(count=-1), 87), (batch(count=2**31 - 1, last=2**31 - 2), 87), (batch(last=4), 87),
    (batch(records=b"\xff\xff\xff\xff\x0f"), 87), (batch(records=b"\x0e\0\0\x02\1\2v\0"), 87), (batch(records=b"\x0e\0\0\0\1\2v\x7e"), 87),
    (batch(attributes=1, records=b"garbage"), 2), (batch(attributes=2, records=b"\x82SNAPPY\0\0\0\0\1\0\0\0\1\x7f\xff\xff\xff"), 2),
    (batch(attributes=3, records=b"garbage"), 2), (batch(pid=5), 87), (batch(sequence=-2), 87), (batch(pid=5, pepoch=0, sequence=0, attributes=0x10), 53),
    (batch(first_time=-2, max_time=-2), 32), (batch(first_time=2**62, max_time=2**62), 32),
])
def test_bad_batches_get_their_codes(target, records, code):
    assert produce(target, records)[0] == code


def test_what_the_leader_owns_is_overwritten(target):
    code, offset = produce(target, batch(base=999, epoch=77))
    assert code == 0 and offset >= 0


def test_other_produce_errors(target):
    assert produce(target, batch(), acks=2)[0] == 21
    assert produce(target, batch(), topic="nowhere")[0] == 3
    assert produce(target, batch(), partition=2**31 - 1)[0] == 3
    assert produce(target, batch(), partition=-1)[0] == 3
    assert produce(target, batch(), topic="nowhere", acks=0) is None
    assert produce(target, batch(), timeout=-1)[0] in (0, 7)


def test_sequences(target):
    pid = 12345
    assert produce(target, batch(pid=pid, pepoch=0, sequence=0))[0] == 0
    first = produce(target, batch(pid=pid, pepoch=0, sequence=1))
    assert first[0] == 0 and produce(target, batch(pid=pid, pepoch=0, sequence=1)) == first
    assert produce(target, batch(pid=pid, pepoch=0, sequence=9))[0] == 45
    assert produce(target, batch(pid=pid, pepoch=1, sequence=0))[0] == 0
    assert produce(target, batch(pid=pid, pepoch=0, sequence=2))[0] == 47


def fetch(target, offset=0, partition_bytes=1000, max_bytes=1000, isolation=0, replica=-1, topic="good", session=(0, -1), wait=0, epoch=-1):
    body = struct.pack(">iiiibii", replica, wait, 1, max_bytes, isolation, *session)
    body += struct.pack(">ih", 1, len(topic)) + topic.encode() + struct.pack(">i", 1) + struct.pack(">iiqqi", 0, epoch, offset, -1, partition_bytes)
    body += struct.pack(">i", 0)
    with target.connect() as connection:
        connection.sendall(frame(1, 10, body))
        answer = read_frame(connection)
    if answer is None:
        return None
    top = struct.unpack(">h", answer[8:10])[0]
    if top or struct.unpack(">i", answer[14:18])[0] == 0:
        return top
    at = 18 + 2 + len(topic) + 4 + 4
    return struct.unpack(">h", answer[at:at + 2])[0]


def test_fetches(target):
    assert fetch(target) == 0
    assert fetch(target, replica=3) is None
    assert fetch(target, offset=-1) == 1 and fetch(target, offset=10**12) == 1 and fetch(target, offset=-(2**63)) == 1
    assert fetch(target, max_bytes=-1) == 42 and fetch(target, partition_bytes=-1) == 42
    assert fetch(target, isolation=2) == 42 and fetch(target, isolation=-1) == 42
    assert fetch(target, session=(99, 5)) == 70
    assert fetch(target, topic="nowhere") == 3
    assert fetch(target, epoch=50) == 75


def test_every_golden_request_is_survived(target):
    """Well-formed requests with absurd content, of every served API and version: an answer or a closed connection, never a crash."""
    import gzip
    import json
    import pathlib

    path = pathlib.Path(__file__).resolve().parents[1] / "KafkaProtocolTests/Fixtures/messages.jsonl.gz"
    with target.connect() as connection:
        connection.sendall(frame(18, 0, b""))
        answer = read_frame(connection)
    served = {}
    for i in range(struct.unpack(">i", answer[6:10])[0]):
        key, low, high = struct.unpack(">hhh", answer[10 + i * 6:16 + i * 6])
        served[key] = (low, high)
    answered = closed = 0
    for line in gzip.open(path):
        message = json.loads(line)
        if message["kind"] != "request" or message["api"] not in served:
            continue
        low, high = served[message["api"]]
        if not low <= message["version"] <= high:
            continue
        if message["api"] in (19, 37) and not message["fields"].get("validateOnly"):
            continue  # would make topics of absurd sizes
        flexible_from = {0: 9, 1: 12, 2: 6, 3: 9, 8: 8, 9: 6, 10: 3, 11: 6, 12: 4, 13: 4, 14: 4, 15: 5, 16: 3, 18: 3, 19: 5, 20: 4, 21: 2, 22: 2,
                         23: 4, 32: 4, 33: 2, 35: 2, 37: 2, 42: 2, 44: 1, 47: 99, 55: 0, 60: 0, 61: 0, 75: 0}[message["api"]]
        with target.connect() as connection:
            connection.settimeout(0.4)
            try:
                connection.sendall(frame(message["api"], message["version"], bytes.fromhex(message["bytes"]), flexible=message["version"] >= flexible_from))
                got = read_frame(connection)
                answered += got is not None
                closed += got is None
            except TimeoutError:
                pass  # it waits, as it was asked to
        assert target.is_alive(), message
    assert answered > 200, (answered, closed)


def test_slow_and_vanishing_clients(target):
    producer = Producer({"bootstrap.servers": target.address})
    for _ in range(3000):
        producer.produce("bulk", b"x" * 10_000)
        producer.poll(0)
    assert producer.flush(30) == 0
    before = target.resident_bytes()
    connections = []
    for _ in range(20):
        body = struct.pack(">iiiibii", -1, 0, 1, 50 << 20, 0, 0, -1) + struct.pack(">ih", 1, 4) + b"bulk" + struct.pack(">i", 1)
        body += struct.pack(">iiqqi", 0, -1, 0, -1, 50 << 20) + struct.pack(">i", 0)
        connections.append(send(target, frame(1, 10, body)))
    for connection in connections:
        assert select.select([connection], [], [], 10)[0], "no answer begins"
    assert target.resident_bytes() - before < 32 << 20, "answers wait in the page cache, not in memory"
    for connection in connections[:10]:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()  # a reset in the middle of the answer
    whole = read_exactly(connections[10], 4)
    assert struct.unpack(">i", whole)[0] > 10 << 20
    for connection in connections[10:]:
        connection.close()


def test_a_retention_without_end_is_no_overflow(target):
    body = struct.pack(">h", 5) + b"never" + struct.pack(">i", -1) + struct.pack(">h", 0) + struct.pack(">q", 2**63 - 1)
    body += struct.pack(">ih", 1, 4) + b"good" + struct.pack(">iiqh", 1, 0, 7, -1)
    with target.connect() as connection:
        connection.sendall(frame(10, 0, struct.pack(">h", 5) + b"never"))
        read_frame(connection)

        def committed():
            connection.sendall(frame(8, 2, body))
            return struct.unpack(">h", read_frame(connection)[-2:])[0]

        eventually(lambda: committed() == 0, 10, "the commit")


def text(value):
    return struct.pack(">h", -1) if value is None else struct.pack(">h", len(value)) + value


def call(target, api, version, body):
    """The answer's bytes behind the correlation id; None when the connection was closed instead."""
    with target.connect() as connection:
        connection.sendall(frame(api, version, body))
        answer = read_frame(connection)
        return answer and answer[4:]


def create_topic(target, name, partitions=1, replication=1, assignments=(), configs=(), times=1):
    """The error codes of CreateTopics version 2 with the topic in it so many times."""
    topic = text(name) + struct.pack(">ih", partitions, replication) + struct.pack(">i", len(assignments))
    for index, brokers in assignments:
        topic += struct.pack(">ii", index, len(brokers)) + b"".join(struct.pack(">i", b) for b in brokers)
    topic += struct.pack(">i", len(configs)) + b"".join(text(key) + text(value) for key, value in configs)
    answer = call(target, 19, 2, struct.pack(">i", times) + topic * times + struct.pack(">ib", 5000, 0))
    if answer is None:
        return None
    codes, at = [], 8
    for _ in range(struct.unpack(">i", answer[4:8])[0]):
        at += 2 + struct.unpack(">h", answer[at:at + 2])[0]
        codes.append(struct.unpack(">h", answer[at:at + 2])[0])
        at += 4 + max(0, struct.unpack(">h", answer[at + 2:at + 4])[0])
    return codes


@pytest.mark.parametrize("name", [b"", b".", b"..", b"x" * 250, b"a/b", b"a\0b", b"../../etc", "\N{ROCKET}".encode()])
def test_bad_topic_names_make_nothing(target, name):
    import os

    before = sorted(os.listdir(target.data))
    assert create_topic(target, name) == [17]
    assert sorted(os.listdir(target.data)) == before


def test_names_that_metrics_cannot_tell_apart_collide(target):
    assert create_topic(target, b"two.names") == [0]
    assert create_topic(target, b"two_names") == [17]


@pytest.mark.parametrize("change,code", [
    (dict(partitions=0), 37), (dict(partitions=-2), 37), (dict(replication=0), 38), (dict(replication=7), 38),
    (dict(partitions=-1, replication=-1, assignments=[(0, [1, 1])]), 39), (dict(partitions=-1, replication=-1, assignments=[(0, [9])]), 39),
    (dict(partitions=-1, replication=-1, assignments=[(1, [1])]), 39), (dict(partitions=-1, replication=-1, assignments=[(0, [])]), 39),
    (dict(configs=[(b"no.such.key", b"1")]), 40), (dict(configs=[(b"segment.bytes", b"many")]), 40), (dict(configs=[(b"segment.bytes", b"1")]), 40),
    (dict(configs=[(b"retention.ms", None)]), 40), (dict(configs=[(b"retention.ms", b"9" * 30)]), 40),
])
def test_bad_topics_get_their_codes(target, change, code):
    assert create_topic(target, b"never-made", **change) == [code]


def test_a_topic_twice_in_a_request(target):
    codes = create_topic(target, b"never-made", times=2)
    assert codes and set(codes) == {42}


def test_a_million_partitions_are_refused_and_cost_nothing(target):
    before = target.resident_bytes()
    assert create_topic(target, b"never-made", partitions=1_000_001)[0] in (37, 44)
    assert target.resident_bytes() - before < 64 << 20


def join(target, group, session=10_000, member=b"", protocols=((b"range", b""),), kind=b"consumer", version=4):
    body = text(group) + struct.pack(">ii", session, 10_000) + text(member) + text(kind) + struct.pack(">i", len(protocols))
    body += b"".join(text(name) + struct.pack(">i", len(blob)) + blob for name, blob in protocols)
    answer = call(target, 11, version, body)
    return answer and struct.unpack(">h", answer[4:6])[0]


def test_bad_joins(target):
    assert join(target, b"") == 24
    for session in (0, 5_999, 1_800_001, -1):
        assert join(target, b"bad", session=session) == 26
    assert join(target, b"bad", protocols=()) == 23
    assert join(target, b"bad", member=b"nobody") == 25
    assert join(target, b"bad") == 79
    assert join(target, b"bad", protocols=[(b"range", b"x" * (2 << 20))]) in (42, 81)


def test_bad_members_and_offsets(target):
    assert call(target, 12, 0, text(b"ghost") + struct.pack(">i", 1) + text(b"nobody"))[:2] == struct.pack(">h", 25)
    assert call(target, 14, 0, text(b"ghost") + struct.pack(">i", 1) + text(b"nobody") + struct.pack(">i", 0))[:2] == struct.pack(">h", 25)

    def commit(offset, metadata, topic=b"good", member=b"", generation=-1):
        body = text(b"bad-offsets") + struct.pack(">i", generation) + text(member) + struct.pack(">q", -1)
        body += struct.pack(">i", 1) + text(topic) + struct.pack(">iiq", 1, 0, offset) + text(metadata)
        return struct.unpack(">h", call(target, 8, 2, body)[-2:])[0]

    call(target, 10, 0, text(b"bad-offsets"))
    eventually(lambda: commit(5, b"") == 0, 10, "a good commit")
    assert commit(5, b"m" * 4097) == 12
    assert commit(5, b"", topic=b"nowhere") == 3
    assert commit(5, b"", member=b"nobody", generation=3) == 25
