"""What commands read and write when the other end is full, closed, slow, impatient or not there, and that bytes stay the bytes that they were."""

import array
import fcntl
import json
import os
import random
import re
import resource
import signal
import subprocess
import termios
import time

import pytest
from broker import binary, eventually, spawn
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

PRINTING = [
    ["topic", "list"], ["topic", "describe", "TOPIC"], ["topic", "describe", "TOPIC", "--output", "json"], ["cluster", "describe"],
    ["group", "list"], ["group", "describe", "GROUP"], ["group", "reset-offsets", "GROUP", "--to-earliest", "--dry-run"],
    ["config", "list"], ["config", "get", "topic/TOPIC", "--all"], ["config", "set", "topic/TOPIC", "retention.ms=5000000"],
    ["record", "delete", "TOPIC", "--before", "1", "--yes"], ["consume", "TOPIC"], ["consume", "TOPIC", "--output", "json"], ["consume", "TOPIC", "--follow"],
    ["perf", "produce", "OTHER", "--records", "10"], ["perf", "consume", "TOPIC"], ["perf", "latency", "OTHER", "--records", "10"],
    ["bench", "--records", "10"], ["log", "dump", "DATA"], ["log", "dump", "--verify", "DATA"],
    ["--help"], ["--version"], ["consume", "--help"], ["help", "topic"], ["--generate-completion-script", "zsh"],
]


def run(node, arguments, stdin=b"", environment=None, **options):
    environment = {**os.environ, "OTTLA_BOOTSTRAP": node.address, "HOME": "/nonexistent", **(environment or {})}
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "timeout": 60, **options}
    options["input" if isinstance(stdin, bytes) else "stdin"] = stdin
    return subprocess.run([binary(), *arguments], env=environment, **options)


def shell(node, script, *arguments):
    """Runs a script in which "$@" is the command."""
    return subprocess.run(
        ["bash", "-c", script, "-", binary(), *arguments], env={**os.environ, "OTTLA_BOOTSTRAP": node.address}, capture_output=True, timeout=60)


def make(node, name, count=0, partitions=1, value=b"%d"):
    admin = AdminClient({"bootstrap.servers": node.address})
    admin.create_topics([NewTopic(name, partitions, 1)])[name].result(20)
    producer = Producer({"bootstrap.servers": node.address, "linger.ms": 50, "queue.buffering.max.messages": 1_000_000})
    for number in range(count):
        producer.produce(name, value % number, partition=number % partitions)
    assert producer.flush(30) == 0
    return name


def committed(node, group, topic, partition=0):
    consumer = Consumer({"bootstrap.servers": node.address, "group.id": group})
    offset = consumer.committed([TopicPartition(topic, partition)], timeout=10)[0].offset
    consumer.close()
    return max(offset, 0)


def members(node, group):
    # Asked of one that is collected at once, it would never be answered.
    admin = AdminClient({"bootstrap.servers": node.address})
    return len(admin.describe_consumer_groups([group])[group].result(20).members)


def pending(descriptor):
    """Bytes in a pipe."""
    count = array.array("i", [0])
    fcntl.ioctl(descriptor, termios.FIONREAD, count)
    return count[0]


def records(node, topic):
    """(partition, timestamp, key, value, headers) of all there is, by partition and offset."""
    consumer = Consumer({"bootstrap.servers": node.address, "group.id": "none", "enable.auto.commit": False, "enable.partition.eof": False})
    partitions = consumer.list_topics(topic, 20).topics[topic].partitions
    ends = {number: consumer.get_watermark_offsets(TopicPartition(topic, number), 20)[1] for number in partitions}
    consumer.assign([TopicPartition(topic, number, 0) for number in partitions])
    found = []
    while len(found) < sum(ends.values()):
        message = consumer.poll(20)
        assert message is not None and message.error() is None
        found.append((message.partition(), message.offset(), message.timestamp()[1], message.key(), message.value(), message.headers()))
    consumer.close()
    return [(row[0], *row[2:]) for row in sorted(found, key=lambda row: row[:2])]


@pytest.fixture(scope="module")
def stocked(shared):
    """A topic with enough in it to fill any pipe, and a group that has read some of it."""
    make(shared, "output", 30_000, 2, b"value %d")
    make(shared, "output-other")
    done = run(shared, ["consume", "output", "--group", "output-group", "--limit", "10"])
    assert done.returncode == 0, done.stderr
    return shared


def filled(arguments, node):
    names = {"TOPIC": "output", "OTHER": "output-other", "GROUP": "output-group", "DATA": node.data}
    return [re.sub("|".join(names), lambda match: names[match[0]], part) for part in arguments]


@pytest.mark.parametrize("arguments", PRINTING, ids=" ".join)
def test_what_cannot_be_written_is_told_and_a_reader_that_goes_away_is_not(stocked, arguments):
    arguments = filled(arguments, stocked)
    with open("/dev/full", "w") as full:
        done = run(stocked, arguments, stdout=full)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (1, b"ottla: cannot write to standard output: No space left on device"), done
    closed = shell(stocked, '"$@" >&-', *arguments)
    assert (closed.returncode, closed.stderr.splitlines()[-1]) == (1, b"ottla: cannot write to standard output: Bad file descriptor"), closed
    # The reader is gone before the first byte, and after some of them.
    for reader in ("true", "head -c 1"):
        gone = shell(stocked, f'"$@" | {reader} >/dev/null; exit ${{PIPESTATUS[0]}}', *arguments)
        assert gone.returncode == 0 and b"ottla: " not in gone.stderr, (reader, gone)


@pytest.mark.parametrize("way", [">&- 2>&-", "2>&-", "2>/dev/full", "<&- >&- 2>&-", "2> >(true)"])
def test_what_is_complained_of_need_not_be_read(stocked, way):
    wrong = shell(stocked, f'"$@" {way}', "topic", "describe", "no-such-topic")
    assert wrong.returncode == 1, wrong
    if ">&-" not in way.split():
        fine = shell(stocked, f'"$@" {way}', "consume", "output", "--limit", "3")
        assert fine.returncode == 0 and fine.stdout.count(b"\n") == 3, fine


def test_a_file_that_may_not_grow_holds_what_was_committed(stocked, tmp_path):
    path = tmp_path / "out"
    arguments = ["consume", "output-limited", "--group", "output-limited"]
    make(stocked, "output-limited", 30_000, value=b"value %d")
    with open(path, "w") as file:
        done = run(
            stocked, [*arguments, "--idle", "5"], stdout=file, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000)))
    assert (done.returncode, done.stderr) == (1, b"ottla: cannot write to standard output: File too large\n")
    whole = path.read_bytes().count(b"\n")
    offset = committed(stocked, "output-limited", "output-limited")
    assert 0 < offset <= whole and members(stocked, "output-limited") == 0
    rest = run(stocked, [*arguments, "--idle", "1"]).stdout.splitlines()
    assert rest == [b"value %d" % number for number in range(offset, 30_000)], "what was not written comes again"


def test_nothing_is_committed_that_nobody_could_read(stocked):
    make(stocked, "output-head", 30_000, value=b"value %d")
    with open("/dev/full", "w") as full:
        assert run(stocked, ["consume", "output-head", "--group", "output-full", "--idle", "5"], stdout=full).returncode == 1
    assert committed(stocked, "output-full", "output-head") == 0
    began = time.monotonic()
    done = shell(stocked, '"$@" | head -1; exit ${PIPESTATUS[0]}', "consume", "output-head", "--group", "output-head")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"value 0\n", b"")
    assert time.monotonic() - began < 20
    assert members(stocked, "output-head") == 0, "it has left"
    # A pipe holds 64 KiB, and what is written at once is as much.
    assert committed(stocked, "output-head", "output-head") < 20_000


@pytest.mark.parametrize("arguments", [["--from", "end", "--follow"], ["--group", "output-idle", "--from", "end"]])
def test_a_reader_that_goes_away_is_noticed_while_nothing_comes(stocked, arguments):
    make(stocked, f"output-quiet-{len(arguments)}")
    reading, writing = os.pipe()
    process = spawn(
        [binary(), "consume", f"output-quiet-{len(arguments)}", *arguments, "--bootstrap", stocked.address], stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    if "--group" in arguments:
        eventually(lambda: members(stocked, "output-idle") == 1, 20, "it is a member")
    os.close(reading)
    assert process.wait(10) == 0 and process.stderr.read() == b""
    if "--group" in arguments:
        assert members(stocked, "output-idle") == 0


@pytest.mark.parametrize("arguments", [[], ["--group", "output-slow", "--idle", "1"], ["--output", "json"]])
def test_a_slow_reader_of_a_pipe_that_does_not_block_gets_everything(stocked, arguments):
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETFL, os.O_NONBLOCK)
    process = spawn([binary(), "consume", "output", *arguments, "--bootstrap", stocked.address], stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    eventually(lambda: pending(reading) > 60_000, 20, "the pipe is full")
    if "--idle" in arguments:
        # The time is what is tested: the pipe stays full for longer than --idle, and who waits for its reader is not idle.
        time.sleep(1.5)
    with os.fdopen(reading, "rb") as file:
        lines = file.read().count(b"\n")
    assert (process.wait(20), process.stderr.read()) == (0, b"")
    if "--group" in arguments:
        assert committed(stocked, "output-slow", "output", 0) + committed(stocked, "output-slow", "output", 1) == 30_000
    start = json.loads(run(stocked, ["topic", "describe", "output", "--output", "json"]).stdout.splitlines()[0])["start"]
    assert lines == 30_000 - 2 * start


def test_an_input_that_does_not_block_is_waited_for(shared):
    topic = make(shared, "input-pause")
    reading, writing = os.pipe()
    fcntl.fcntl(reading, fcntl.F_SETFL, os.O_NONBLOCK)
    process = spawn([binary(), "produce", topic, "--bootstrap", shared.address], stdin=reading, stderr=subprocess.PIPE)
    os.close(reading)
    os.write(writing, b"a\nb")
    eventually(lambda: len(records(shared, topic)) == 1, 20, "the first line is sent")
    assert process.poll() is None
    os.write(writing, b"\n\nlast")
    os.close(writing)
    assert (process.wait(20), process.stderr.read()) == (0, b"4 records sent to 'input-pause'\n")
    assert [row[3] for row in records(shared, topic)] == [b"a", b"b", b"", b"last"]


@pytest.mark.parametrize("way, reason", [("<&-", "Bad file descriptor"), ("</", "Is a directory"), ("0>/dev/null", "Bad file descriptor")])
def test_what_cannot_be_read_is_no_end_of_the_input(shared, way, reason):
    done = shell(shared, f'"$@" {way}', "produce", make(shared, f"input-{random.randrange(1 << 40)}"))
    assert done.returncode == 1
    assert done.stderr.decode() == f"ottla: cannot read standard input: {reason}; 0 records were sent\n"


def test_what_was_read_before_a_failure_is_sent(shared):
    """A terminal of which the other side hangs up gives lines, then EIO."""
    topic = make(shared, "input-hangup")
    ours, theirs = os.openpty()
    process = spawn([binary(), "produce", topic, "--bootstrap", shared.address], stdin=theirs, stderr=subprocess.PIPE, start_new_session=True)
    os.close(theirs)
    os.write(ours, b"one\ntwo\n")
    eventually(lambda: len(records(shared, topic)) == 2, 20, "both lines are sent")
    os.close(ours)
    complaint = process.stderr.read().decode()
    # What a hangup is to a reader is the kernel's choice: an error, or the end.
    assert (process.wait(20), complaint) in [
        (1, "ottla: cannot read standard input: Input/output error; 2 records were sent\n"), (0, "2 records sent to 'input-hangup'\n")]


@pytest.mark.parametrize("lines, problem", [
    (b"a:1\nb:2\nc\nd:4\n", "line 3 has no ':' between key and value; 2 records were sent"),
    (b"a:1\nb:" + b"x" * 2_000_000 + b"\nc:3\n", "line 2 is larger than max.request.size, 1048576, allows; 1 record was sent"),
    (b"k:" + b"x" * 1_048_570, "line 1: a record of 1048611 bytes is larger than max.request.size, 1048576; 0 records were sent"),
])
def test_a_line_that_cannot_be_sent_is_named(shared, lines, problem):
    topic = make(shared, f"input-{random.randrange(1 << 40)}")
    done = run(shared, ["produce", topic, "--key-separator", ":"], stdin=lines)
    assert (done.returncode, done.stderr.decode()) == (1, f"ottla: {problem}\n")
    assert len(records(shared, topic)) == int(re.search(r"(\d+) records? w", problem)[1])


def test_a_line_of_json_that_cannot_be_sent_is_named(shared):
    topic = make(shared, "input-json-lines")
    for line, problem in [
        ('{"value":"%s"}' % ("x" * 2_000_000), "line 2: a record of 2000040 bytes is larger than max.request.size, 1048576"),
        ('{"value":"x","partition":7}', "line 2: topic 'input-json-lines' has 1 partition; partition 7 does not exist"),
        ('{"value":"x\ud800"}', "line 2 is not JSON: a string is not UTF-8 at byte"), ("", "line 2 is not JSON: a value is missing at byte 1"),
    ]:
        done = run(shared, ["produce", topic, "--input", "json"], stdin=b'{"value":"fine"}\n' + line.encode(errors="surrogatepass") + b"\n")
        assert done.returncode == 1 and done.stderr.decode().startswith(f"ottla: {problem}"), done.stderr
        assert done.stderr.endswith(b"; 1 record was sent\n"), done.stderr


def test_an_endless_line_takes_no_memory(shared):
    limit = 1 << 33
    with open("/dev/zero") as zero:
        done = run(shared, ["produce", make(shared, "input-endless")], stdin=zero, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
    assert (done.returncode, done.stderr) == (1, b"ottla: line 1 is larger than max.request.size, 1048576, allows; 0 records were sent\n")


def test_bytes_go_in_and_come_out(shared):
    topic = make(shared, "bytes")
    every = bytes(byte for byte in range(256) if byte != 0x0a)
    lines = [b"\xff\xfe x", every, b"", b"\r", b"a\r", b"\x00", "\u2028\u0085e\u0301".encode(), b"\xed\xa0\x80"]
    assert run(shared, ["produce", topic], stdin=b"\n".join(lines)).returncode == 0
    assert [row[3] for row in records(shared, topic)] == lines
    assert run(shared, ["consume", topic]).stdout == b"".join(line + b"\n" for line in lines)
    # Another line end, and one that has line feeds in it.
    for number, end in enumerate([b"\0", b"\r\n", b"\xff\n"]):
        other = make(shared, f"bytes-{number}")
        escaped = "".join(f"\\x{byte:02x}" for byte in end)
        text = end.join([b"a\nb\r", b"", b"\xff"]) + end
        assert run(shared, ["produce", other, "--line-end", escaped], stdin=text).returncode == 0
        assert [row[3] for row in records(shared, other)] == [b"a\nb\r", b"", b"\xff"]
        assert run(shared, ["consume", other, "--line-end", escaped]).stdout == text


@pytest.mark.parametrize("separator", [b":", b"::", b"\xcc\x81", b"\xff", b"\\t", b"\\x00"])
def test_keys_values_and_headers_are_bytes(shared, separator):
    topic = make(shared, f"bytes-{separator.hex()}")
    meant = {b"\\t": b"\t", b"\\x00": b"\0"}.get(separator, separator)
    pairs = [(b"k", b"\xcc\x81x"), (b"", b""), (b"\xfe\xfd", b"v" + meant + b"w"), (b"k", b""), (b"", b"v\r")]
    pairs = [(key, value) for key, value in pairs if (key + meant + value).find(meant) == len(key)]
    text = b"".join(key + meant + value + b"\n" for key, value in pairs)
    done = run(shared, ["produce", topic, "--key-separator", separator, "--header", b"h=\xff=\x80", "--header", "e="], stdin=text)
    assert done.returncode == 0, done.stderr
    rows = records(shared, topic)
    assert [row[2:4] for row in rows] == pairs
    assert all(row[4] == [("h", b"\xff=\x80"), ("e", b"")] for row in rows)
    printed = run(shared, ["consume", topic, "--format", b"%k" + separator.replace(b"%", b"%%") + b"%v", "--limit", str(len(pairs))])
    assert printed.stdout == text


def test_null_is_told_from_empty(shared):
    topic = make(shared, "bytes-null")
    done = run(shared, ["produce", topic, "--key-separator", "\\t", "--null", "\\N"], stdin=b"\\N\t\n\t\\N\nk\t\\N \n")
    assert done.returncode == 0, done.stderr
    assert [row[2:4] for row in records(shared, topic)] == [(None, b""), (b"", None), (b"k", b"\\N ")]
    assert run(shared, ["consume", topic, "--format", "%K,%S"]).stdout == b"-1,0\n0,-1\n1,3\n"
    assert run(shared, ["consume", topic, "--format", "%k\\t%v", "--null", "\\N"]).stdout == b"\\N\t\n\t\\N\nk\t\\N \n"
    assert run(shared, ["produce", topic, "--null", ""], stdin=b"\n").returncode == 0
    assert records(shared, topic)[3][2:4] == (None, None)


def test_any_record_is_copied_as_it_is(shared):
    """What --output json prints, --input json reads: bytes, nulls, headers twice or without a value, timestamps and partitions."""
    source, target = make(shared, "copy-from", 0, 3), make(shared, "copy-to", 0, 3)
    chance = random.Random(15)

    def some():
        return chance.choice([
            None, b"", b"text", "na\u00efve \U0001f600\u2028\u0085\"\\/\x7f\x01".encode(), b"\xff", b"\xed\xa0\x80", bytes(range(256)),
            chance.randbytes(chance.randrange(40)), b"\r\n", b"null"])

    producer = Producer({"bootstrap.servers": shared.address})
    for number in range(600):
        headers = [(chance.choice(["h", "h", "", "\u00fc\n"]), some()) for _ in range(chance.randrange(4))]
        producer.produce(source, some(), some(), partition=number % 3, timestamp=chance.randrange(1, 1 << 41), headers=headers)
    assert producer.flush(20) == 0
    done = shell(shared, f'set -o pipefail; "$@" consume {source} --output json | "$@" produce {target} --input json')
    assert done.returncode == 0, done.stderr
    assert records(shared, target) == records(shared, source)
    for line in run(shared, ["consume", source, "--output", "json"]).stdout.decode().splitlines():
        json.loads(line)


def test_the_last_records_of_each_partition(shared):
    topic = make(shared, "last", 30, 3)

    def last(*arguments):
        return sorted(int(line) for line in run(shared, ["consume", topic, "--from", *arguments]).stdout.split())

    assert last("-2") == [24, 25, 26, 27, 28, 29]
    assert last("-1", "--partition", "1") == [28]
    assert last("-1000") == list(range(30))
    assert run(shared, ["record", "delete", topic, "--before", "9", "--yes"]).returncode == 0
    assert last("-5") == [27, 28, 29]


def test_what_commands_print_in_json_names_what_it_is_about(stocked):
    def rows(*arguments):
        done = run(stocked, [*arguments, "--output", "json"])
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    described = rows("topic", "describe", "output")
    assert [(row["topic"], row["partition"]) for row in described] == [("output", 0), ("output", 1)]
    group = rows("group", "describe", "output-group")
    assert all(row["group"] == "output-group" for row in group) and {row["topic"] for row in group[1:]} == {"output"}
    assert all(row["group"] == "output-group" for row in rows("group", "reset-offsets", "output-group", "--to-earliest", "--dry-run"))
    assert all(row["resource"] == "topic/output" for row in rows("config", "get", "topic/output", "--all"))
    assert rows("topic", "create", "json-made", "--replication-factor", "1") == [{"topic": "json-made", "result": "created"}]
    assert rows("config", "set", "topic/json-made", "retention.ms=1") == [{"resource": "topic/json-made", "changed": ["retention.ms"]}]
    assert rows("topic", "add-partitions", "json-made", "2") == [{"topic": "json-made", "partitions": 2}]
    assert [row["topic"] for row in rows("record", "delete", "json-made", "--all", "--yes")] == ["json-made"] * 2
    assert rows("topic", "delete", "json-made", "--yes") == [{"topic": "json-made", "result": "deleted"}]
    for arguments in (["perf", "produce", "output-other", "--records", "10"], ["perf", "latency", "output-other", "--records", "10"],
                      ["perf", "consume", "output-other"], ["bench", "--records", "10"]):
        assert all(isinstance(value, (int, float)) for row in rows(*arguments) for value in row.values())


@pytest.mark.parametrize("scheme", ["PLAINTEXT", "plaintext", "INTERNAL"])
def test_listeners_stand_for_their_addresses(shared, scheme):
    assert run(shared, ["topic", "list", "--bootstrap", f"{scheme}://{shared.address},{scheme}://{shared.address}"]).returncode == 0
    assert run(shared, ["topic", "list"], environment={"OTTLA_BOOTSTRAP": f"{scheme}://{shared.address}"}).returncode == 0


def test_a_profile_may_come_through_a_pipe(shared):
    done = shell(shared, 'unset OTTLA_BOOTSTRAP; "$@" --profile <(echo "bootstrap.servers=%s")' % shared.address, "topic", "list")
    assert done.returncode == 0, done.stderr


BROKEN = [
    (69, ["topic", "list", "--bootstrap", "no-such-host.invalid:9092"]), (78, ["topic", "list", "--bootstrap", "127.0.0.1:99999"]),
    (78, ["topic", "list", "--bootstrap", "SSL://a:1,PLAINTEXT://b:1"]), (78, ["topic", "list", "--bootstrap", "SASL_SSL://a:1"]),
    (69, ["topic", "list", "-X", "security.protocol=SSL"]), (78, ["topic", "list", "-X", "request.timeout.ms=soon"]),
    (78, ["topic", "list", "-X", "security.protocol=SSL", "-X", "ssl.truststore.location=/"]),
    (78, ["topic", "list", "-X", "security.protocol=SSL", "-X", "ssl.truststore.location=/dev/zero"]),
    (78, ["topic", "list", "-X", "security.protocol=SSL", "-X", "ssl.keystore.location=/nonexistent"]),
    (1, ["topic", "list", "-X", "security.protocol=SASL_PLAINTEXT", "-X", "sasl.mechanism=OAUTHBEARER",
         "-X", "sasl.oauthbearer.token.endpoint.url=file:/nonexistent"]),
    (78, ["topic", "list", "--profile", "/"]), (78, ["topic", "list", "--profile", "/dev/zero"]), (64, ["topic", "list", "-X", "novalue"]),
    (64, ["topic", "list", "--timeout", "99999999999"]), (64, ["topic", "list", "--timeout", "0"]), (64, ["topic", "list", "--output", "yaml"]),
    (1, ["topic", "create", "a/b"]), (1, ["topic", "create", "broken", "--partitions", "0"]), (64, ["topic", "create", "broken", "--config", "novalue"]),
    (1, ["topic", "create", "broken", "--replication-factor", "9"]), (64, ["topic", "alter", "broken"]), (64, ["config", "get", "nothing"]),
    (1, ["config", "get", "broker/99"]), (64, ["record", "delete", "output", "--before", "-5"]), (1, ["group", "describe", "broken"]),
    (64, ["group", "reset-offsets", "broken", "--to-offset", "-5"]), (64, ["group", "reset-offsets", "broken", "--to-time", "-2"]),
    (64, ["consume", "output", "--from", "-0"]), (64, ["consume", "output", "--from", "later"]), (64, ["consume", "output", "--group", "g", "--idle", "soon"]),
    (64, ["consume", "output", "--output", "json", "--format", "%v"]), (64, ["perf", "produce", "output", "--size", "99999999999999"]),
    (64, ["produce", "output", "--header", "novalue"]), (64, ["produce", "output", "--header", b"\xff=x"]), (64, ["produce", "output", "--line-end", ""]),
    (64, ["produce", "output", "--input", "json", "--null", ""]), (1, ["log", "dump", "/nonexistent"]), (64, ["nothing"]),
    (64, ["topic", "describe", b"\xff"]), (64, ["consume", "output", "--group", b"g\xff"]), (64, ["log", "dump", b"/tmp/\xff"]), (64, ["topic", "lst"]),
]


@pytest.mark.parametrize("code, arguments", BROKEN)
def test_what_goes_wrong_is_said_in_words(stocked, code, arguments):
    done = run(stocked, arguments)
    complaint = done.stderr.decode()
    assert (done.returncode, done.stdout) == (code, b""), done
    assert complaint.startswith("ottla: ") and len([line for line in complaint.splitlines() if line.startswith("ottla: ")]) == 1
    sentence = complaint.splitlines()[0]
    # Neither the name of a type nor a value as Swift shows it.
    assert not re.search(r"\w+Error\b|\bNIO|Optional\(|errno|\w+\(\w+:|\b[a-z]+[A-Z]\w+Bytes|SocketAddress", sentence), sentence


def test_certificates_that_do_not_belong_together(shared, tmp_path):
    for name in ("one", "two"):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", tmp_path / f"{name}.key", "-out", tmp_path / f"{name}.pem",
                        "-days", "2", "-subj", f"/CN={name}"], check=True, capture_output=True)
    mixed = tmp_path / "mixed.pem"
    mixed.write_bytes((tmp_path / "one.pem").read_bytes() + (tmp_path / "two.key").read_bytes())
    done = run(shared, ["topic", "list", "-X", "security.protocol=SSL", "-X", f"ssl.keystore.location={mixed}"])
    assert done.returncode == 78 and done.stderr.endswith(b"does ssl.keystore.key match the certificate?\n"), done.stderr


@pytest.mark.parametrize("arguments, code", [(["--follow"], -signal.SIGTERM), (["--group", "output-stuck"], 0)])
def test_a_signal_ends_a_reader_whose_output_is_stuck(stocked, arguments, code):
    reading, writing = os.pipe()
    process = spawn([binary(), "consume", "output", *arguments, "--bootstrap", stocked.address], stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    eventually(lambda: pending(reading) > 60_000, 20, "the pipe is full")
    process.send_signal(signal.SIGTERM)
    assert (process.wait(15), process.stderr.read()) == (code, b"")
    if "--group" in arguments:
        assert members(stocked, "output-stuck") == 0, "it has left"
        with os.fdopen(reading, "rb") as file:
            lines = file.read().count(b"\n")
        assert committed(stocked, "output-stuck", "output", 0) + committed(stocked, "output-stuck", "output", 1) <= lines + 2
