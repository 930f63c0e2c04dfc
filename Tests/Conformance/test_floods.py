"""Many connections that promise much and send little: memory stays bounded, and a good client is served."""

import resource
import socket
import struct
import time

from broker import Broker, eventually, read_frame
from wire import frame, text

HUNDRED_MEBIBYTES = struct.pack(">i", 104857600)


def test_ten_thousand_connections_announce_a_hundred_mebibytes_each_and_dribble():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    limit = hard if hard != resource.RLIM_INFINITY else 1 << 20
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(limit, 20_000), hard))
    # Where fewer files may be open, as many as that allows; 2,000 at least, or the test says nothing.
    count = min(10_000, int(min(limit, 20_000) * 0.7)) - 10
    assert count >= 2000, f"only {limit} files may be open here"
    connections = []
    settings = ["max.connections=10000", "max.connections.per.ip=10000", "ottla.connection.creation.rate.per.ip=100000", "offsets.topic.num.partitions=2"]
    try:
        with Broker(settings=settings) as broker, broker.connect() as good:
            for _ in range(count):
                connection = socket.create_connection(("127.0.0.1", broker.port), 10)
                connection.sendall(HUNDRED_MEBIBYTES + b"x")
                connections.append(connection)
            for round in range(5):
                for connection in connections:
                    connection.send(b"y")
                good.sendall(frame(18, 0, b"", correlation=round))
                assert struct.unpack(">i", read_frame(good)[:4])[0] == round
            assert broker.open_sockets() >= count
            # 16 KiB for each: what has arrived, not what was announced.
            assert broker.resident_bytes() < (64 << 20) + count * (16 << 10), broker.resident_bytes()
            assert broker.is_alive()
    finally:
        for connection in connections:
            connection.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_one_address_that_connects_too_fast_waits_and_others_do_not():
    with Broker(settings=["ottla.connection.creation.rate.per.ip=50", "offsets.topic.num.partitions=2"]) as broker:
        began = time.monotonic()
        for index in range(150):
            with broker.connect() as connection:
                connection.sendall(frame(18, 0, b"", correlation=index))
                assert struct.unpack(">i", read_frame(connection)[:4])[0] == index
        # The first fifty at once, then fifty a second.
        elapsed = time.monotonic() - began
        assert 1.5 < elapsed < 6, elapsed
        with socket.create_connection(("127.0.0.1", broker.port), 10, source_address=("127.0.0.2", 0)) as other:
            began = time.monotonic()
            other.sendall(frame(18, 0, b""))
            assert read_frame(other) is not None and time.monotonic() - began < 0.5


def test_connections_that_come_and_go_leave_nothing():
    with Broker(settings=["ottla.connection.creation.rate.per.ip=1000000", "offsets.topic.num.partitions=2"]) as broker:
        def visit(count):
            for index in range(count):
                with broker.connect() as connection:
                    connection.sendall([b"", b"abc", b"GET / HTTP/1.1\r\n\r\n", frame(18, 0, b"")][index % 4])
            return anonymous_bytes(broker)

        before = visit(5000)
        # 10,000 connections once kept 4.6 MB.
        grown = visit(15_000) - before
        assert grown < 4 << 20, grown


def anonymous_bytes(broker):
    with open(f"/proc/{broker.pid}/status") as file:
        return int(file.read().split("RssAnon:")[1].split()[0]) * 1024


def test_members_that_never_come_back_are_bounded():
    """Joins of ever new groups: so many are remembered, the rest is refused, and each costs the same."""
    with Broker(settings=["offsets.topic.num.partitions=1"]) as broker, broker.connect() as connection:
        def call(request):
            connection.sendall(request)
            return read_frame(connection)

        def join(index):
            protocols = struct.pack(">i", 1) + text("range") + struct.pack(">i", 4) + b"meta"
            body = text(f"group-{index}") + struct.pack(">ii", 60_000, 60_000) + text("") + text("consumer") + protocols
            return struct.unpack(">h", call(frame(11, 4, body))[8:10])[0]

        call(frame(10, 0, text("group")))
        eventually(lambda: join(0) == 79, 20, "the coordinator is there")
        before, began = broker.resident_bytes(), time.monotonic()
        codes = [join(index) for index in range(1, 15_001)]
        assert codes[0] == 79 and codes[-1] == 81 and 9_990 <= codes.count(79) <= 10_000
        assert broker.resident_bytes() - before < 32 << 20
        # Looking through all groups after each request once took minutes.
        assert time.monotonic() - began < 30
