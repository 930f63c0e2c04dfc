"""Questions about offsets and records that no honest consumer asks; after each case a good client works and nothing has leaked."""

import struct

import pytest

from broker import read_frame
from wire import frame, text

pytestmark = pytest.mark.usefixtures("unharmed")


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


def list_offsets(target, timestamp, times=1):
    """The codes of ListOffsets version 1 for a partition that is named so many times."""
    partition = struct.pack(">iq", 0, timestamp)
    answer = target.call(frame(2, 1, struct.pack(">ii", -1, 1) + text("good") + struct.pack(">i", times) + partition * times))
    return [struct.unpack_from(">h", answer, 4 + 6 + 4 + 4 + i * 22)[0] for i in range(times)]


def test_times_that_mean_nothing(target):
    assert list_offsets(target, -1) == [0] and list_offsets(target, 2**63 - 1) == [0]
    assert list_offsets(target, -100) == [35] and list_offsets(target, -(2**63)) == [35]
    assert 42 in list_offsets(target, -1, times=2)


def epoch_end(target, current, wanted):
    body = struct.pack(">i", 1) + text("good") + struct.pack(">iiii", 1, 0, current, wanted)
    answer = target.call(frame(23, 2, body))
    code, _, epoch, offset = struct.unpack_from(">hiiq", answer, 4 + 4 + 6 + 4)
    return code, epoch, offset


def test_epochs_that_never_were(target):
    assert epoch_end(target, -1, -2)[1:] == (-1, -1)
    assert epoch_end(target, -1, 2**31 - 1)[1:] == (-1, -1)
    assert epoch_end(target, 2**31 - 1, 0)[0] == 75
    assert epoch_end(target, -1, 0)[0] == 0


def delete_records(target, offset, topic="good"):
    body = struct.pack(">i", 1) + text(topic) + struct.pack(">iiq", 1, 0, offset) + struct.pack(">i", 1000)
    answer = target.call(frame(21, 0, body))
    return struct.unpack(">h", answer[-2:])[0]


def test_deletions_beyond_the_log(target):
    assert delete_records(target, 10**12) == 1 and delete_records(target, -2) == 1 and delete_records(target, -(2**63)) == 1
    assert delete_records(target, 0, topic="nowhere") == 3
    target.call(frame(10, 0, text("group")))  # makes the topic of offsets
    assert delete_records(target, 0, topic="__consumer_offsets") == 17


def test_topic_ids_that_do_not_exist(target):
    for topic_id in (bytes(16), b"\x42" * 16):
        body = struct.pack(">iiiibii", -1, 0, 1, 1000, 0, 0, -1) + b"\2" + topic_id + b"\2" + struct.pack(">iiqiqi", 0, -1, 0, -1, -1, 1000) + b"\0"
        body += b"\0" + b"\1" + b"\1" + b"\0"
        answer = target.call(frame(1, 13, body, flexible=True))
        # Flexible header, throttle time, code, session, one topic, its id, one partition and its index.
        assert struct.unpack_from(">h", answer, 1 + 4 + 2 + 4 + 1 + 16 + 1 + 4)[0] == 100


def test_a_million_partitions_in_one_fetch(target):
    before = target.resident_bytes()
    partition = struct.pack(">iiqqi", 0, -1, 0, -1, 1 << 20)
    body = struct.pack(">iiiibii", -1, 0, 1, 50 << 20, 0, 0, -1) + struct.pack(">i", 1) + text("good") + struct.pack(">i", 1_000_000)
    target.call(frame(1, 10, body + partition * 1_000_000 + struct.pack(">i", 0)))
    assert target.resident_bytes() - before < 256 << 20


def test_more_sessions_than_are_kept(target):
    before = target.resident_bytes()
    with target.connect() as connection:
        for _ in range(3000):
            body = struct.pack(">iiiibii", -1, 0, 1, 1000, 0, 0, 0) + struct.pack(">i", 1) + text("good") + struct.pack(">i", 1)
            connection.sendall(frame(1, 10, body + struct.pack(">iiqqi", 0, -1, 0, -1, 100) + struct.pack(">i", 0)))
            assert read_frame(connection) is not None
    assert target.resident_bytes() - before < 16 << 20


@pytest.mark.parametrize("minimum,wait", [(2**31 - 1, 0), (-5, -5), (0, -(2**31)), (1, 10)])
def test_waits_without_sense_end(target, minimum, wait):
    body = struct.pack(">iiiib", -1, wait, minimum, 1000, 0) + struct.pack(">i", 1) + text("good") + struct.pack(">iiqi", 1, 0, 0, 1000)
    assert target.call(frame(1, 4, body)) is not None
