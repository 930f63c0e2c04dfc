"""Record batches that no honest producer sends; after each case a good client works and nothing has leaked."""

import gzip
import struct
import subprocess

import lz4.frame
import pytest
import snappy
import zstandard
from confluent_kafka.admin import AdminClient, NewTopic

from broker import binary, eventually, read_frame
from wire import batch, produce_request, records, varint

pytestmark = pytest.mark.usefixtures("unharmed")

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
    (batch(length=0), 2), (batch(length=13), 2), (batch(length=-5), 2), (batch(length=10**9), 87), (batch(crc=1), 2), (batch(base=999), 87),
    (batch(attributes=5), 87), (batch(attributes=7), 87), (batch(attributes=4), 76), (batch(attributes=0x20), 87),
    (batch(count=0), 87), (batch(count=-1), 87), (batch(count=2**31 - 1, last=2**31 - 2), 87), (batch(last=4), 87),
    (batch(records=b"\xff\xff\xff\xff\x0f"), 87), (batch(records=b"\x0e\0\0\x02\1\2v\0"), 87), (batch(records=b"\x0e\0\0\0\1\2v\x7e"), 87),
    (batch(attributes=1, records=b"garbage"), 87), (batch(attributes=2, records=b"\x82SNAPPY\0\0\0\0\1\0\0\0\1\x7f\xff\xff\xff"), 87),
    (batch(attributes=3, records=b"garbage"), 87), (batch(pid=5), 87), (batch(pid=5, pepoch=-2, sequence=0), 47), (batch(pid=5, pepoch=0, sequence=0, attributes=0x10), 53),
    (batch(first_time=-2**63, max_time=-2**63), 32), (batch(first_time=2**62, max_time=2**62), 32),
])
def test_bad_batches_get_their_codes(target, records, code):
    assert produce(target, records)[0] == code


@pytest.mark.parametrize("changes", [
    dict(epoch=77), dict(sequence=0), dict(pepoch=7, sequence=-2), dict(pid=-2, pepoch=0, sequence=5), dict(pid=6, pepoch=-1, sequence=0),
    dict(attributes=0x40), dict(attributes=0x7F80), dict(first_time=-1, max_time=-1), dict(first_time=-2, max_time=-2), dict(max_time=2**63 - 1),
    dict(attributes=0x08), dict(records=b"\x0e\xff\0\0\1\2v\0"), dict(records=b"\x0c\0\0\0\1\1\0"), dict(records=b"\x0c\0\0\0\0\0\0"),
])
def test_what_is_odd_is_accepted(target, changes):
    code, offset = produce(target, batch(**changes))
    assert code == 0 and offset >= 0


def test_bytes_of_a_headers_key_come_back(target):
    """Clients in C give any bytes; they are no text for whoever prints them."""
    key, value = b"\xff\x1b[2J\n", b"v"
    record = b"\0\0\0" + varint(1) + b"k" + varint(1) + b"v" + varint(1) + varint(len(key)) + key + varint(len(value)) + value
    for name in ("headers", "headers-copy"):
        made(target, name)
    assert produce(target, batch(records=varint(len(record)) + record), topic="headers")[0] == 0

    def ottla(*arguments, given=None):
        command = [binary(), *arguments, "--bootstrap", target.address]
        return subprocess.run(command, input=given, capture_output=True, check=True, timeout=20).stdout

    printed = ottla("consume", "headers", "--output", "json")
    ottla("produce", "headers-copy", "--input", "json", given=printed)
    assert ottla("consume", "headers-copy", "--format", "%h", "--line-end", "$") == key + b"=v$"
    # On disk it is a line still.
    dump = [binary(), "log", "dump", "--records", f"{target.data}/headers-copy-0/00000000000000000000.log"]
    lines = subprocess.run(dump, capture_output=True, check=True, timeout=20).stdout.splitlines()
    assert b"headers=0xff1b5b324a0a:'v'" in lines[-1]


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


def made(target, name, **configs):
    admin = AdminClient({"bootstrap.servers": target.address})
    admin.create_topics([NewTopic(name, 1, 1, config=configs)])[name].result(10)
    return name


def test_the_last_five_batches_are_remembered(target):
    sent = [batch([b"%d" % i], pid=777, pepoch=0, sequence=i) for i in range(7)]
    first = [produce(target, data) for data in sent]
    assert [code for code, _ in first] == [0] * 7
    assert [produce(target, data) for data in sent[2:]] == first[2:]
    assert produce(target, sent[0])[0] == 45
    # Not within 5 s of the partition's first moment: what the producer sent before may have been refused.
    unknown = batch(pid=778, pepoch=4, sequence=50)
    eventually(lambda: produce(target, unknown)[0] == 0, 10, "an unknown producer may begin anywhere")
    assert produce(target, batch(pid=778, pepoch=3, sequence=51))[0] == 47


def test_limits_of_a_topic(target):
    small = made(target, "small", **{"max.message.bytes": "1000"})
    assert produce(target, batch([b"x" * 2000]), topic=small)[0] == 10
    tiny = made(target, "tiny", **{"segment.bytes": "1048576", "max.message.bytes": "2097152"})
    assert produce(target, batch([b"x" * 1_500_000]), topic=tiny)[0] == 18
    compacted = made(target, "compacted", **{"cleanup.policy": "compact"})
    assert produce(target, batch([b"no key"]), topic=compacted)[0] == 87
    dated = made(target, "dated", **{"message.timestamp.before.max.ms": "1000"})
    assert produce(target, batch([b"old"]), topic=dated)[0] == 32
    for topic in (small, tiny, compacted, dated):
        assert produce(target, batch([b"x"], records=keyed(), first_time=-1, max_time=-1), topic=topic) == (0, 0), "nothing was written before"


def keyed():
    record = b"\0\0\0" + varint(1) + b"k" + varint(1) + b"v\0"
    return varint(len(record)) + record


def test_internal_topics_are_not_for_clients(target):
    target.call(struct.pack(">i", 20) + struct.pack(">hhih", 10, 0, 1, 3) + b"raw" + struct.pack(">h", 5) + b"group")
    assert produce(target, batch(), topic="__consumer_offsets")[0] == 17
    assert produce(target, batch(), topic="__cluster_metadata")[0] in (3, 17)


def test_a_partition_twice_in_a_request(target):
    data = batch()
    one = struct.pack(">ii", 0, len(data)) + data
    body = struct.pack(">hhi", -1, -1, 1000) + struct.pack(">ih", 1, 4) + b"good" + struct.pack(">i", 2) + one * 2
    answer = target.call(struct.pack(">i", len(body) + 13) + struct.pack(">hhih", 0, 3, 1, 3) + b"raw" + body)
    codes = [struct.unpack_from(">h", answer, 14 + 4 + i * 22)[0] for i in range(2)]
    assert codes == [0, 42]


PAYLOAD = records([b"value %d" % i for i in range(50)])
COMPRESSED = {1: gzip.compress(PAYLOAD), 2: snappy.compress(PAYLOAD), 3: lz4.frame.compress(PAYLOAD, block_linked=False), 4: zstandard.compress(PAYLOAD)}


@pytest.mark.parametrize("codec", COMPRESSED)
def test_damaged_streams_are_refused(target, codec):
    stream = COMPRESSED[codec]

    def code(data):
        return produce(target, batch([b""] * 50, attributes=codec, records=data), version=7)[0]

    assert code(stream) == 0
    for count in range(0, len(stream), 7):
        assert code(stream[:count]) == 87, count
    for at in range(0, len(stream), 5):
        # What the codec does not notice must still be the right records; anything else is refused.
        assert code(stream[:at] + bytes([stream[at] ^ 0xFF]) + stream[at + 1:]) in (0, 87), at
    assert code(b"\xff" * 100) == 87


@pytest.mark.parametrize("codec,stream", [
    (2, b"\x82SNAPPY\0\0\0\0\1\0\0\0\1\xff\xff\xff\xff"), (2, b"\x82SNAPPY\0\0\0\0\1\0\0\0\1\0\0\0\5\xff\xff\xff\xff\x0f"),
    (2, b"\xff\xff\xff\xff\x0f\0"), (3, bytes.fromhex("04224d18" "48" "40" "0000000000000080" "00") + b"\0" * 8),
    (4, bytes.fromhex("28b52ffd" "00" "a8") + b"\0" * 8), (4, bytes.fromhex("28b52ffd" "23" "01020304" "05") + b"\0" * 8),
])
def test_lies_about_sizes_cost_nothing(target, codec, stream):
    before = peak(target)
    assert produce(target, batch([b""] * 3, attributes=codec, records=stream), version=7)[0] in (10, 87)
    assert peak(target) - before < 8 << 20


@pytest.mark.parametrize("codec,compress", [(1, gzip.compress), (2, snappy.compress), (3, lambda data: lz4.frame.compress(data, block_linked=False)), (4, zstandard.compress)])
def test_a_small_batch_that_inflates_without_end(target, codec, compress):
    # Snappy shrinks nothing to less than a twentieth, so what it may inflate to is never too much; its records are still none.
    stream = compress(bytes({2: 18, 3: 200}.get(codec, 300) << 20))
    before = peak(target)
    code = produce(target, batch([b""] * 3, attributes=codec, records=stream[:1_000_000]), version=7)[0]
    assert code == (87 if codec == 2 else 10)
    assert peak(target) - before < 64 << 20


def peak(target):
    """The most resident memory that the broker ever had, in bytes; begins anew at each call."""
    with open(f"/proc/{target.pid}/status") as file:
        highest = int(file.read().split("VmHWM:")[1].split()[0]) * 1024
    with open(f"/proc/{target.pid}/clear_refs", "w") as file:
        file.write("5")
    return highest


@pytest.mark.parametrize("timeout", [0, -1, 2**31 - 1])
def test_timeouts_without_sense(target, timeout):
    assert produce(target, batch(), timeout=timeout)[0] in (0, 7)


@pytest.mark.parametrize("acks", [2, -2, 32767])
def test_acks_that_do_not_exist(target, acks):
    assert produce(target, batch(), acks=acks)[0] == 21


@pytest.mark.parametrize("changes", [
    dict(pid=5, pepoch=0, sequence=-1), dict(last=2**31 - 1, count=1), dict(base=-5, pid=-2), dict(records=b"\x0a\0\0\0\1"), dict(records=b"\x01\0\0\0\1\0\0"),
    dict(records=b"\x10\0\0\0\1\2v\2\1\0"), dict(records=b"\x0e\0\0\0\1\2v\1"),
])
def test_fields_that_contradict_each_other(target, changes):
    assert produce(target, batch(**changes))[0] == 87


def test_a_transactional_batch_needs_a_transactional_id(target):
    assert produce(target, batch(attributes=0x10))[0] == produce(target, batch(attributes=0x10, pid=5, pepoch=0, sequence=0))[0] == 53


def test_linked_blocks_of_lz4(target):
    """Kafka's consumers do not read them, so they must not get into a log."""
    content = records([b"%d" % i * 20_000 for i in range(10)])
    for linked, code in [(True, 87), (False, 0)]:
        frame = lz4.frame.compress(content, block_size=lz4.frame.BLOCKSIZE_MAX64KB, block_linked=linked)
        assert produce(target, batch([b""] * 10, attributes=3, records=frame))[0] == code
