"""Compaction that an operator asks for, and what is shown of it; the times of records on topics that are compacted or go by time."""

import json
import os
import subprocess
import time

import pytest
from broker import Broker, binary, eventually, spawn
from confluent_kafka import KafkaError, Producer
from test_compaction import SMALL, create, passes, produce, read

# Nothing is compacted unless somebody asks for it.
QUIET = ["log.cleaner.backoff.ms=100", "log.cleaner.min.cleanable.ratio=1", "log.initial.task.delay.ms=200", "log.retention.check.interval.ms=200"]
PARTITION = ["topic", "partition", "broker"]


@pytest.fixture(scope="module")
def node():
    with Broker(settings=QUIET) as broker:
        yield broker


def environment(node):
    return {**os.environ, "OTTLA_BOOTSTRAP": node.address, "HOME": "/nonexistent"}


def ottla(node, *arguments, code=0):
    """Runs a command; the lines of its two outputs."""
    done = subprocess.run([binary(), *arguments], env=environment(node), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert done.returncode == code, (arguments, done.returncode, done.stdout, done.stderr)
    return done.stdout.splitlines(), done.stderr.splitlines()


def compact(node, topic, *arguments, code=0):
    return [json.loads(line) for line in ottla(node, "topic", "compact", topic, "--output", "json", *arguments, code=code)[0]]


def described(node, topic):
    """How the only replica of the only partition stands to compaction."""
    row, = [json.loads(line) for line in ottla(node, "topic", "describe", topic, "--output", "json")[0]]
    state, = row["compaction"]
    return state


def pairs(count, size=200):
    return [(b"key %d" % (number % 10), b"%d" % number * size) for number in range(count)]


def test_a_topic_is_compacted_now(node):
    create(node, "now", internal_segment_bytes="1048576")
    last = produce(node, "now", pairs(500, 20))
    before = described(node, "now")
    assert (before["dirty_bytes"], before["next_pass"], before["last_pass"]) == (0, "activeSegment", None)
    assert before["held_bytes"] > 20_000 and (before["dirty_ratio"], before["min_dirty_ratio"]) == (0, 1)
    row, = compact(node, "now")
    assert {key: row[key] for key in PARTITION} == {"topic": "now", "partition": 0, "broker": 1}
    assert (row["result"], row["rolled_at"], row["reason"]) == ("compacted", 500, None)
    assert (row["records_kept"], row["records_removed"]) == (10, 490) and row["bytes_after"] < row["bytes_before"] / 10
    assert {key: value for _, key, value in read(node, "now")} == last and len(read(node, "now")) == 10
    after = described(node, "now")
    assert after["next_pass"] == "nothingDirty" and after["held_bytes"] == 0 and after["clean_bytes"] == row["bytes_after"]
    assert after["last_pass"]["cause"] == "asked" and after["last_pass"]["records_removed"] == 490
    assert abs(after["last_pass"]["started"] / 1000 - time.time()) < 60
    again, = compact(node, "now")
    assert (again["result"], again["reason"], again["rolled_at"]) == ("nothing to do", "nothing is dirty", None)
    assert passes(node, "now") == 1


def test_what_a_person_reads(node):
    create(node, "read")
    produce(node, "read", pairs(20))
    lines, told = ottla(node, "topic", "compact", "read")
    assert lines[0].split() == ["PARTITION", "BROKER", "RESULT", "ROLLED_AT", "MILLIS", "BYTES_BEFORE", "BYTES_AFTER", "RECORDS_KEPT", "RECORDS_REMOVED", "REASON"]
    assert lines[1].split()[:4] == ["0", "1", "compacted", "20"] and len(lines) == 2
    assert told == ["partition 0: the active segment was ended at offset 20, so that its records are compacted too"]
    lines, told = ottla(node, "topic", "describe", "read")
    assert told == [] and lines[-3] == "compaction"
    assert lines[-2].split() == ["PARTITION", "BROKER", "DIRTY_RATIO", "DIRTY_BYTES", "HELD_BYTES", "LAST_PASS", "MILLIS", "BYTES_BEFORE", "BYTES_AFTER",
                                 "RECORDS_KEPT", "RECORDS_REMOVED", "NEXT_PASS"]
    assert lines[-1].endswith("  nothing is dirty") and time.strftime("%Y-%m-%dT", time.gmtime()) in lines[-1]


def test_young_records_stay(node):
    create(node, "young", min_compaction_lag_ms="3600000")
    produce(node, "young", pairs(20))
    row, = compact(node, "young")
    assert row["result"] == "nothing to do" and row["reason"].startswith("records are younger than min.compaction.lag.ms, until 20")
    assert described(node, "young")["next_pass"] == "youngRecords" and len(read(node, "young")) == 20


def test_only_some_partitions(node):
    ottla(node, "topic", "create", "some", "--partitions", "3", "--config", "cleanup.policy=compact")
    producer = Producer({"bootstrap.servers": node.address})
    for number in range(30):
        producer.produce("some", b"v", b"k", partition=number % 3)
    assert producer.flush(20) == 0
    rows = compact(node, "some", "--partition", "0", "--partition", "2")
    assert [(row["partition"], row["result"], row["records_kept"]) for row in rows] == [(0, "compacted", 1), (2, "compacted", 1)]
    rows = compact(node, "some")
    assert [(row["partition"], row["result"]) for row in rows] == [(0, "nothing to do"), (1, "compacted"), (2, "nothing to do")]
    assert ottla(node, "topic", "compact", "some", "--partition", "3", code=64)[1] == ["ottla: topic 'some' has no partition 3; it has 3, from 0 on"]


def test_what_is_not_compacted_is_refused_in_one_sentence(node):
    ottla(node, "topic", "create", "plain", "--partitions", "2")
    assert ottla(node, "topic", "compact", "plain", code=1) == (
        [], ["ottla: topic 'plain' is not compacted: its cleanup.policy is 'delete' (POLICY_VIOLATION)"])
    assert [json.loads(line)["compaction"] for line in ottla(node, "topic", "describe", "plain", "--output", "json")[0]] == [None, None]
    assert "compaction" not in ottla(node, "topic", "describe", "plain")[0]
    assert "did you mean 'plain'?" in ottla(node, "topic", "compact", "plan", code=1)[1][0]
    with Broker(settings=["log.cleaner.enable=false"]) as other:
        create(other, "off")
        assert ottla(other, "topic", "compact", "off", code=1)[1] == [
            "ottla: node 1 compacts nothing: its log.cleaner.enable is false (POLICY_VIOLATION)"]


def test_internal_topics_too(node):
    from confluent_kafka import Consumer
    consumer = Consumer({"bootstrap.servers": node.address, "group.id": "g", "enable.auto.commit": False})
    ottla(node, "topic", "create", "committed")
    for number in range(20):
        consumer.commit(offsets=[__import__("confluent_kafka").TopicPartition("committed", 0, number)], asynchronous=False)
    consumer.close()
    rows = compact(node, "__consumer_offsets")
    assert len(rows) == 50 and sum(row["records_removed"] or 0 for row in rows) >= 19
    assert {row["result"] for row in rows} == {"compacted", "nothing to do"}


def test_a_slow_pass_shows_how_far_it_is_and_is_joined():
    with Broker(settings=[*QUIET, "log.cleaner.io.max.bytes.per.second=100000"]) as node:
        create(node, "slow", internal_segment_bytes="1048576")
        produce(node, "slow", pairs(1000, 50))
        first = spawn([binary(), "topic", "compact", "slow"], env=environment(node), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                      text=True)
        state = eventually(lambda: described(node, "slow")["pass"] and described(node, "slow"), what="a pass")
        assert state["next_pass"] == "passUnderWay" and state["pass"]["cause"] == "asked"
        assert 0 <= state["pass"]["bytes_read"] <= state["pass"]["bytes_to_read"]
        second, = compact(node, "slow")
        lines, told = (text.splitlines() for text in first.communicate(timeout=60))
        assert first.returncode == 0 and lines[1].split()[2] == second["result"] == "compacted"
        assert passes(node, "slow") == 1, "the second one has waited for the first one's"
        shown = [line.split() for line in told[1:]]
        assert len(shown) >= 2 and all(line[:2] == ["partition", "0:"] and line[5:8] == ["bytes", "read,", line[7]] for line in shown), told
        read_bytes = [int(line[2]) for line in shown]
        assert read_bytes == sorted(read_bytes) and read_bytes[-1] > 0


def test_a_node_that_goes_away_is_told():
    with Broker(settings=[*QUIET, "log.cleaner.io.max.bytes.per.second=20000"]) as node:
        create(node, "gone", internal_segment_bytes="1048576")
        last = produce(node, "gone", pairs(1000, 50))
        waiting = spawn([binary(), "topic", "compact", "gone", "--output", "json"], env=environment(node), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE, text=True)
        eventually(lambda: described(node, "gone")["pass"], what="a pass")
        node.kill()
        node.start()
        output, _ = waiting.communicate(timeout=60)
        row = json.loads(output)
        assert waiting.returncode == 1 and (row["result"], row["reason"]) == ("failed", "the pass was not made: the node was started again, or the topic changed")
        assert {key: value for _, key, value in read(node, "gone")} == last


@pytest.mark.parametrize("command", ["compact", "describe"])
def test_what_cannot_be_written_is_told(node, command):
    if command == "compact":
        create(node, "full")
        produce(node, "full", pairs(20))
    arguments = [binary(), "topic", command, "full"]
    with open("/dev/full", "w") as full:
        done = subprocess.run(arguments, env=environment(node), stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (1, "ottla: cannot write to standard output: No space left on device")
    for way, code in [(">&-", 1), ("2>&-", 0), ("2>/dev/full", 0), ("<&- >&- 2>&-", 1), ("> >(true)", 0), ("2> >(true)", 0)]:
        done = subprocess.run(["bash", "-c", f'"$@" {way}', "bash", *arguments], env=environment(node), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)
        assert done.returncode == code, (way, done.returncode)


def test_on_a_terminal_progress_is_one_line():
    import pty
    with Broker(settings=[*QUIET, "log.cleaner.io.max.bytes.per.second=200000"]) as node:
        create(node, "seen", internal_segment_bytes="1048576")
        produce(node, "seen", pairs(1000, 100))
        master, slave = pty.openpty()
        process = spawn([binary(), "topic", "compact", "seen"], env=environment(node), stdin=slave, stdout=subprocess.PIPE, stderr=slave, text=True)
        os.close(slave)
        seen = b""
        while True:
            try:
                seen += os.read(master, 4096)
            except OSError:  # the other end is closed
                break
        assert process.wait(30) == 0 and process.stdout.read().splitlines()[1].split()[2] == "compacted"
        os.close(master)
        drawn = seen.split(b"\r\x1b[K")
        assert len(drawn) > 3 and drawn[-1] == b"" and b" bytes read, " in drawn[-2], seen
        assert all(b"\n" not in line for line in drawn[1:])


# MARK: Times of records

HOUR = 3_600_000


def send(node, topic, timestamp, key=b"k", value=b"v"):
    """The error that the record got."""
    errors = []
    producer = Producer({"bootstrap.servers": node.address, "message.send.max.retries": 0})
    producer.produce(topic, value, key, timestamp=timestamp, on_delivery=lambda error, _: errors.append(error))
    assert producer.flush(20) == 0
    return errors[0] and errors[0].code()


def test_times_that_the_topic_does_not_allow(node):
    create(node, "dated", message_timestamp_before_max_ms="60000", message_timestamp_after_max_ms="1000")
    now = int(time.time() * 1000)
    assert send(node, "dated", now - 120_000) == KafkaError.INVALID_TIMESTAMP
    assert send(node, "dated", now + 60_000) == KafkaError.INVALID_TIMESTAMP
    assert send(node, "dated", now) is None
    create(node, "default")
    assert send(node, "default", now + HOUR + 60_000) == KafkaError.INVALID_TIMESTAMP, "an hour ahead is the default"
    assert send(node, "default", now + HOUR // 2) is None and send(node, "default", 1000) is None
    create(node, "given", message_timestamp_type="LogAppendTime", message_timestamp_before_max_ms="60000")
    assert send(node, "given", 1000) is None, "the producer's time is not looked at"


def test_the_brokers_times_outlive_compaction(node):
    create(node, "stamped", message_timestamp_type="LogAppendTime")
    for number in range(12):
        assert send(node, "stamped", 1000 + number, b"key %d" % (number % 3), b"%d" % number) is None
    before = times(node, "stamped")
    row, = compact(node, "stamped")
    assert (row["records_kept"], row["records_removed"]) == (3, 9)
    assert times(node, "stamped") == {offset: before[offset] for offset in (9, 10, 11)}
    assert all(kind == 2 and abs(stamp / 1000 - time.time()) < 120 for kind, stamp in before.values())


def times(node, topic):
    from confluent_kafka import Consumer, TopicPartition
    consumer = Consumer({"bootstrap.servers": node.address, "group.id": "t", "auto.offset.reset": "earliest", "enable.partition.eof": True})
    consumer.assign([TopicPartition(topic, 0, 0)])
    found = {}
    try:
        while True:
            message = consumer.poll(20)
            assert message is not None
            if message.error():
                return found
            found[message.offset()] = message.timestamp()
    finally:
        consumer.close()


def test_retention_goes_by_the_brokers_times(node):
    """Records of 1970 go at once where the producer's time counts, and stay where the broker's does."""
    for topic, kind in [("old", "CreateTime"), ("fresh", "LogAppendTime")]:
        create(node, topic, cleanup_policy="delete", retention_ms=str(HOUR), message_timestamp_type=kind)
        for number in range(60):
            assert send(node, topic, 1000 + number, value=b"x" * 1000) is None
    # Three segments are full.
    eventually(lambda: len(read(node, "old")) < 25, what="the old records go")
    assert len(read(node, "fresh")) == 60
