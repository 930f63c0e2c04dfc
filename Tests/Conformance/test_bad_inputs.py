"""Bytes that no honest client sends, to a live broker; after each case a good client works and nothing has leaked."""

import select
import socket
import struct
import time

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from broker import Broker, eventually, is_closed, read_exactly, read_frame
from wire import FLEXIBLE_FROM, frame, golden_requests, served_versions, text

pytestmark = pytest.mark.usefixtures("unharmed")


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
    # Connections of earlier cases may still be on their way out, so the sum of both would be too much to wait for.
    eventually(lambda: target.open_sockets() >= 200, 10, "the connections are accepted")
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


def test_every_golden_request_is_survived(target):
    """Well-formed requests with absurd content, of every served API and version: an answer or a closed connection, never a crash."""
    with target.connect() as connection:
        connection.sendall(frame(18, 0, b""))
        served = served_versions(read_frame(connection))
    answered = closed = 0
    for message, body in golden_requests(served):
        api, version = message["api"], message["version"]
        with target.connect() as connection:
            connection.settimeout(0.4)
            try:
                connection.sendall(frame(api, version, body, flexible=version >= FLEXIBLE_FROM[api]))
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


def create_topic(target, name, partitions=1, replication=1, assignments=(), configs=(), times=1):
    """The error codes of CreateTopics version 2 with the topic in it so many times."""
    topic = text(name) + struct.pack(">ih", partitions, replication) + struct.pack(">i", len(assignments))
    for index, brokers in assignments:
        topic += struct.pack(">ii", index, len(brokers)) + b"".join(struct.pack(">i", b) for b in brokers)
    topic += struct.pack(">i", len(configs)) + b"".join(text(key) + text(value) for key, value in configs)
    answer = target.call(frame(19, 2, struct.pack(">i", times) + topic * times + struct.pack(">ib", 5000, 0)))
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
    answer = target.call(frame(11, version, body))
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
    assert target.call(frame(12, 0, text(b"ghost") + struct.pack(">i", 1) + text(b"nobody")))[:2] == struct.pack(">h", 25)
    assert target.call(frame(14, 0, text(b"ghost") + struct.pack(">i", 1) + text(b"nobody") + struct.pack(">i", 0)))[:2] == struct.pack(">h", 25)

    def commit(offset, metadata, topic=b"good", member=b"", generation=-1):
        body = text(b"bad-offsets") + struct.pack(">i", generation) + text(member) + struct.pack(">q", -1)
        body += struct.pack(">i", 1) + text(topic) + struct.pack(">iiq", 1, 0, offset) + text(metadata)
        return struct.unpack(">h", target.call(frame(8, 2, body))[-2:])[0]

    target.call(frame(10, 0, text(b"bad-offsets")))
    eventually(lambda: commit(5, b"") == 0, 10, "a good commit")
    assert commit(5, b"m" * 4097) == 12
    assert commit(5, b"", topic=b"nowhere") == 3
    assert commit(5, b"", member=b"nobody", generation=3) == 25


def test_headers_with_tags_and_controls(target):
    """Unknown tags are skipped, malformed ones end the connection; a client's name can't write into the log."""
    def api_versions(tags, client="raw"):
        header = struct.pack(">hhih", 18, 3, 9, len(client)) + client.encode() + tags
        body = b"\5name\4one\0"
        with send(target, struct.pack(">i", len(header) + len(body)) + header + body) as connection:
            return read_frame(connection)

    assert api_versions(b"\0")[:6] == struct.pack(">ih", 9, 0)
    assert api_versions(b"\1\x63\3abc")[:6] == struct.pack(">ih", 9, 0)
    assert api_versions(b"\xff\xff\xff\xff\x0f") is None
    assert api_versions(b"\1\x63\x7fabc") is None
    assert api_versions(b"\x80\x80\x80\x80\x80\x80\1") is None
    assert api_versions(b"\0", client="\x1b[31mred\nline")[:6] == struct.pack(">ih", 9, 0)
    assert "\x1b" not in target.logs()


def test_a_client_is_called_what_it_likes(target):
    """Its id is in an encoding of its own, or no text at all; nothing of it becomes a line of the log."""
    target.call(frame(10, 0, text("names")))
    names = (b"M\xfcller", b"x" * 32_767, b"\xff\xfe\x1b[2J\n2026-01-01T00:00:00.000Z ERROR forged\xc2\x9b")
    for number, client in enumerate(names):
        assert target.call(frame(18, 0, b"", client=client))[:2] == b"\0\0"
        # The member's id begins with the client's.
        join = text(f"names-{number}") + struct.pack(">i", 10_000) + text("") + text("consumer") + struct.pack(">i", 1) + text("range") + struct.pack(">i", 0)
        eventually(lambda: target.call(frame(11, 0, join, client=client))[:2] == b"\0\0", 20, "it is a member")
    eventually(lambda: "forged" in target.logs(), 10, "the member is named")
    assert not [line for line in target.logs().splitlines() if line.startswith("2026-01-01")]
    assert "\x1b" not in target.logs() and "\x9b" not in target.logs()


def test_what_follows_a_body_is_ignored(target):
    with send(target, frame(3, 1, struct.pack(">i", 0) + b"more", correlation=4)) as connection:
        assert struct.unpack(">i", read_frame(connection)[:4])[0] == 4


def test_urgent_data_resets_and_half_closes(target):
    with target.connect() as connection:
        connection.send(b"\0", socket.MSG_OOB)
    with target.connect() as connection:
        connection.sendall(struct.pack(">i", 1000) + b"half")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with target.connect() as connection:
        connection.sendall(frame(18, 0, b"", correlation=8))
        connection.shutdown(socket.SHUT_WR)
        assert struct.unpack(">i", read_frame(connection)[:4])[0] == 8
        assert is_closed(connection)


def test_members_that_fool_their_group(target):
    """A generation that is over, an instance taken over, assignments from a member that doesn't lead or for members that don't exist."""
    def join(member, instance=None):
        body = text("fooled") + struct.pack(">ii", 10_000, 10_000) + text(member) + text(instance) + text("consumer")
        answer = target.call(frame(11, 5, body + struct.pack(">i", 1) + text("range") + struct.pack(">i", 0)))
        code, generation = struct.unpack(">hi", answer[4:10])
        at = 10
        for _ in range(3):
            size = struct.unpack(">h", answer[at:at + 2])[0]
            name, at = answer[at + 2:at + 2 + size], at + 2 + size
        return code, generation, name

    def sync(generation, member, assignments=(), instance=None):
        body = text("fooled") + struct.pack(">i", generation) + text(member) + text(instance) + struct.pack(">i", len(assignments))
        for name, data in assignments:
            body += text(name) + struct.pack(">i", len(data)) + data
        return struct.unpack(">h", target.call(frame(14, 3, body))[4:6])[0]

    def heartbeat(generation, member, instance=None):
        return struct.unpack(">h", target.call(frame(12, 3, text("fooled") + struct.pack(">i", generation) + text(member) + text(instance)))[4:6])[0]

    target.call(frame(10, 0, text("fooled")))
    eventually(lambda: join("", "fixed")[0] == 0, 10, "the first member")
    code, generation, first = join("", "fixed")
    assert code == 0
    assert sync(generation, first, [(b"nobody", b"x"), (first, b"mine")], "fixed") == 0
    assert heartbeat(generation, first, "fixed") == 0
    assert heartbeat(generation - 1, first, "fixed") == 22 and heartbeat(generation + 5, first, "fixed") == 22
    code, generation, second = join("", "fixed")  # takes the instance over
    assert code == 0 and second != first
    assert heartbeat(generation, first, "fixed") == 82
    assert sync(generation, first, instance="fixed") == 82
    assert struct.unpack(">h", target.call(frame(42, 0, struct.pack(">i", 1) + text("fooled")))[-2:])[0] == 68


def test_coordinators_of_everything(target):
    """FindCoordinator with an unknown type, an empty key and many keys."""
    def find(kind, keys):
        body = struct.pack(">b", kind) + (compact(len(keys)) + b"".join(compact(len(k)) + k for k in keys)) + b"\0"
        return target.call(frame(10, 4, body, flexible=True))

    def compact(count):
        count, out = count + 1, b""
        while count >= 128:
            out, count = out + bytes([count & 127 | 128]), count >> 7
        return out + bytes([count])

    unknown = find(7, [b"x"])
    assert unknown is None or struct.pack(">h", 42) in unknown
    before = target.resident_bytes()
    find(0, [b"%d" % i for i in range(100_000)])
    assert target.resident_bytes() - before < 128 << 20


def is_established(broker, connection):
    """Whether the broker's end of a connection is open, as the kernel has it."""
    ends = f":{broker.port:04X} 0100007F:{connection.getsockname()[1]:04X} 01 "
    with open("/proc/net/tcp") as file:
        return any(ends in line for line in file)


def test_connections_that_do_nothing_are_closed_in_time():
    """What idles, dribbles or never reads is closed after its time, all of them waiting together."""
    with Broker(settings=["connections.max.idle.ms=2000", "offsets.topic.num.partitions=2"]) as broker:
        with broker.connect() as idle:
            idle.settimeout(20)
            assert idle.recv(1) == b"", "an idle connection is closed"
    with Broker(settings=["offsets.topic.num.partitions=2"]) as broker:
        producer = Producer({"bootstrap.servers": broker.address})
        for _ in range(2000):
            producer.produce("bulk", b"x" * 10_000)
            producer.poll(0)
        assert producer.flush(30) == 0
        del producer
        announced = send(broker, struct.pack(">i", 104857600) + b"x")
        dribbling = send(broker, struct.pack(">i", 100_000))
        body = struct.pack(">iiiib", -1, 0, 1, 50 << 20, 0) + struct.pack(">i", 1) + text("bulk") + struct.pack(">iiqi", 1, 0, 0, 50 << 20)
        stalled = send(broker, frame(1, 4, body))
        assert select.select([stalled], [], [], 10)[0], "its answer begins"
        began, closed = time.monotonic(), {}
        while len(closed) < 3 and time.monotonic() - began < 90:
            time.sleep(0.5)
            elapsed = time.monotonic() - began
            if "announced" not in closed and is_closed(announced, 0.01):
                closed["announced"] = elapsed
            if "dribbling" not in closed:
                try:
                    dribbling.send(b"y")
                except ConnectionError:
                    closed["dribbling"] = elapsed
            # It has an answer to read, so only the broker's side tells.
            if "stalled" not in closed and not is_established(broker, stalled):
                closed["stalled"] = elapsed
        assert 25 < closed["announced"] < 45 and 25 < closed["dribbling"] < 45, closed
        assert 55 < closed["stalled"] < 80, closed
        for connection in (announced, dribbling, stalled):
            connection.close()
