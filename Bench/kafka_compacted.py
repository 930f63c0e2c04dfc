"""Compacted logs under Apache Kafka's own tools: what Ottla compacted, dumped and served by Kafka, compacted on by it, and opened again; and
directories that Kafka compacted, compacted on by Ottla.

Every record that Kafka's dump tool prints, with all checksums, has to be one that Ottla serves, and the other way round; its checks of
indexes may find nothing, but for one thing that it finds in Kafka's own logs too: an entry of a time index whose batch has lost all its
records, and is kept for its producer's sequence numbers. --kafka or OTTLA_KAFKA names a directory of Apache Kafka; needs Java.
"""

import argparse
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "Tests" / "Conformance"))

from broker import Broker, binary, eventually  # noqa: E402
from confluent_kafka import Consumer, Producer, TopicPartition  # noqa: E402
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewTopic, ResourceType  # noqa: E402

FIXTURES = ROOT / "Tests" / "LogStorageTests" / "Fixtures"
CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
EAGER = ["log.cleaner.backoff.ms=200", "log.cleaner.min.cleanable.ratio=0.01", "log.initial.task.delay.ms=200", "log.retention.check.interval.ms=300"]
# Kafka does not know internal.segment.bytes' smallest values; time ends its segments.
SMALL = {"internal.segment.bytes": "20000", "segment.ms": "2000", "min.cleanable.dirty.ratio": "0.01", "delete.retention.ms": "4000",
         "file.delete.delay.ms": "100"}
TOPICS = [*CODECS, "mixed", "ledger"]


def script(kafka, name):
    found = [kafka / "bin" / f"{name}{suffix}" for suffix in (".sh", "") if (kafka / "bin" / f"{name}{suffix}").exists()]
    if not found:
        raise SystemExit(f"{kafka} has no bin/{name}")
    return str(found[0])


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class KafkaNode:
    """Kafka on a directory that a single combined node has written."""

    def __init__(self, kafka, data, log):
        self.port, controller = free_port(), free_port()
        number = re.search(r"node\.id=(\d+)", (data / "meta.properties").read_text()).group(1)
        both = f"PLAINTEXT://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{controller}"
        settings = {
            "process.roles": "broker,controller", "node.id": number, "listeners": both, "advertised.listeners": both,
            "controller.listener.names": "CONTROLLER", "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
            "controller.quorum.bootstrap.servers": f"127.0.0.1:{controller}", "log.dirs": data, "offsets.topic.replication.factor": 1,
            "log.cleaner.backoff.ms": 500, "log.initial.task.delay.ms": 500, "log.retention.check.interval.ms": 500}
        properties = log.with_suffix(".properties")
        properties.write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
        names = ("kafka-server", "kafka-server-start.sh")
        command = next(str(kafka / "bin" / name) for name in names if (kafka / "bin" / name).exists())
        self.log = log
        environment = {**os.environ, "KAFKA_LOG_LEVEL": "INFO", "KAFKA_HEAP": "400m", "KAFKA_HEAP_OPTS": "-Xmx400M"}
        with open(log, "w") as file:
            self.process = subprocess.Popen([command, str(properties)], stdout=file, stderr=file, env=environment)

    def __enter__(self):
        def is_up():
            if self.process.poll() is not None:
                raise RuntimeError(self.log.read_text()[-2000:])
            return "Kafka Server started" in self.log.read_text() or "STARTING to STARTED (kafka.server.BrokerServer)" in self.log.read_text()
        eventually(is_up, 90, "Kafka's start")
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def errors(self):
        return [line for line in self.log.read_text().splitlines() if re.search(r"\b(ERROR|FATAL)\b", line)]


def rows(address, topic, level="read_committed"):
    """Each record: offset, timestamp, key, value, names of headers."""
    consumer = Consumer({"bootstrap.servers": address, "group.id": "look", "enable.auto.commit": False, "enable.partition.eof": True,
                         "auto.offset.reset": "earliest", "isolation.level": level, "log_level": 0})
    consumer.assign([TopicPartition(topic, 0, 0)])
    found, deadline = [], time.monotonic() + 60
    while time.monotonic() < deadline:
        message = consumer.poll(1)
        if message is None:
            continue
        if message.error():
            consumer.close()
            return found
        headers = [name for name, _ in message.headers() or []]
        found.append((message.offset(), message.timestamp()[1], message.key(), message.value(), headers))
    raise RuntimeError(f"{topic} cannot be read to its end")


def write(address, rounds, seed, topics=TOPICS):
    """Some rounds of few keys with tombstones, in small batches; each round in segments of its own."""
    generator = random.Random(seed)
    settings = {"bootstrap.servers": address, "batch.size": 3000, "enable.idempotence": True, "log_level": 0}
    producers = {codec: Producer({**settings, "compression.type": codec}) for codec in CODECS}
    for _ in range(rounds):
        for number in range(800):
            key = f"key-{generator.randrange(60)}".encode()
            value = None if generator.random() < 0.2 else generator.randbytes(generator.randrange(60)).hex().encode()
            headers = [("h", b"x")] if generator.random() < 0.3 else None
            for topic in topics:
                codec = topic if topic in CODECS else generator.choice(CODECS)
                producers[codec].produce(topic, value, key, headers=headers)
            if number % 50 == 0:
                for producer in producers.values():
                    producer.poll(0)
        for producer in producers.values():
            assert producer.flush(30) == 0
        time.sleep(2.5)


LINE = re.compile(
    r"^\| offset: (\d+) \w+: (-?\d+) keySize: (-?\d+) valueSize: (-?\d+)(?: sequence: -?\d+)? headerKeys: \[(.*?)\](?: key: (.*?))?(?: payload: (.*))?$")


def index_problems(text):
    """What Kafka's check of indexes finds; and how often that is an entry of a batch without records, which has no time for it."""
    empty = re.findall(r"Found timestamp mismatch in.*\n(?:  Index timestamp: \d+, log timestamp: -1(?:\n|$))+", text)
    for known in empty:
        text = text.replace(known, "")
    return [line for line in text.splitlines() if re.search(r"mismatch|Exception|Index offset|exceeds|not found", line, re.I)], len(empty)


def dumped(kafka, folder):
    """The records that Kafka's tool prints of a partition's logs, and what it finds wrong anywhere."""
    logs = sorted(str(path) for path in folder.glob("*.log"))
    environment = {**os.environ, "KAFKA_HEAP": "256m", "KAFKA_HEAP_OPTS": "-Xmx256M"}
    command = [script(kafka, "kafka-dump-log"), "--deep-iteration", "--print-data-log", "--files", ",".join(logs)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    problems = [line for line in (done.stdout + done.stderr).splitlines() if re.search(r"isvalid: false|mismatch|corrupt|Exception|invalid", line, re.I)]
    found, empty = [], 0
    for line in done.stdout.splitlines():
        match = LINE.match(line)
        if match:
            offset, timestamp, keys, values, headers, key, value = match.groups()
            found.append((
                int(offset), int(timestamp), None if keys == "-1" else (key or "").encode(), None if values == "-1" else (value or "").encode(),
                [name for name in headers.split(",") if name]))
    others = sorted(str(path) for suffix in ("index", "timeindex") for path in folder.glob(f"*.{suffix}") if path.stat().st_size)
    for option in ("--verify-index-only", "--index-sanity-check"):
        if others:
            check = subprocess.run(
                [script(kafka, "kafka-dump-log"), option, "--files", ",".join(others)], capture_output=True, text=True, env=environment)
            text = check.stdout + check.stderr
            found_here, count = index_problems(text)
            problems += found_here
            empty += count
            if check.returncode != 0:
                problems.append(f"{option} ended with {check.returncode}: {text[-300:]}")
    if done.returncode != 0 or not logs:
        problems.append(f"the dump of {len(logs)} logs ended with {done.returncode}")
    return found, problems, empty


class Comparison:
    def __init__(self, options, folder):
        self.kafka, self.folder, self.problems = options.kafka, folder, []

    def check(self, what, is_so, detail=""):
        print(f"{'ok     ' if is_so else 'PROBLEM'} {what}{'' if is_so else f': {detail}'}", flush=True)
        if not is_so:
            self.problems.append(what)

    def compare(self, what, expected, found):
        differences = [pair for pair in zip(expected, found) if pair[0] != pair[1]]
        detail = f"{len(expected)} and {len(found)} records, {len(differences)} differ, first {differences[:1]}"
        self.check(f"{what}: {len(expected)} records", expected == found, detail)

    def dumps(self, data, topic, expected, who):
        found, problems, empty = dumped(self.kafka, data / f"{topic}-0")
        self.compare(f"{who}, dumped by Kafka, {topic}", expected, found)
        known = f", {empty} time indexes name a batch without records" if empty else ""
        self.check(f"{who}, dumped by Kafka, {topic}: no problem in logs and indexes{known}", not problems, problems[:3])

    def last(self, records):
        values = {key: value for _, _, key, value, _ in records}
        return {key: value for key, value in values.items() if value is not None}

    def compacted(self, broker, topics):
        for topic in topics:
            done = subprocess.run(
                [binary(), "topic", "compact", topic, "--bootstrap", broker.address], capture_output=True, text=True)
            self.check(f"Ottla compacts {topic}", done.returncode == 0, done.stdout + done.stderr)

    def ours(self):
        data = self.folder / "ours"
        broker = Broker(data=data, settings=EAGER).start()
        admin = AdminClient({"bootstrap.servers": broker.address, "log_level": 0})
        configs = {topic: {**SMALL, "cleanup.policy": "compact,delete" if topic == "ledger" else "compact"} for topic in TOPICS}
        for made in admin.create_topics([NewTopic(topic, 1, 1, config=configs[topic]) for topic in TOPICS]).values():
            made.result(20)
        write(broker.address, 3, seed=1)
        self.compacted(broker, TOPICS)
        write(broker.address, 1, seed=2)
        self.compacted(broker, TOPICS)
        expected = {topic: rows(broker.address, topic) for topic in TOPICS}
        for topic in TOPICS:
            gaps = 4 * 800 - len(expected[topic])
            self.check(f"{topic}: {gaps} of 3200 records are gone", gaps > 2000, "too few")
        assert broker.stop(30) == 0
        for topic in TOPICS:
            self.dumps(data, topic, expected[topic], "Ottla's")
        theirs = self.folder / "ours-in-kafka"
        shutil.copytree(data, theirs)
        (theirs / ".lock").unlink(missing_ok=True)
        after = self.cleaned_by_kafka(theirs, expected)
        # What Kafka alone has compacted stays as it is.
        with Broker(data=theirs, settings=EAGER) as broker:
            quiet = ConfigEntry("min.cleanable.dirty.ratio", "1", incremental_operation=AlterConfigOpType.SET)
            admin = AdminClient({"bootstrap.servers": broker.address, "log_level": 0})
            resource = ConfigResource(ResourceType.TOPIC, "alone", incremental_configs=[quiet])
            for made in admin.incremental_alter_configs([resource]).values():
                made.result(20)
            for topic in TOPICS:
                found = rows(broker.address, topic)
                self.check(f"back in Ottla, {topic}: the last value of each key", self.last(found) == after[topic], len(found))
            self.compacted(broker, TOPICS)
            final = {topic: rows(broker.address, topic) for topic in [*TOPICS, "alone"]}
            for topic in TOPICS:
                self.check(f"compacted by Kafka, then by Ottla, {topic}", self.last(final[topic]) == after[topic], len(final[topic]))
            broker.stop(30)
        for topic in [*TOPICS, "alone"]:
            self.dumps(theirs, topic, final[topic], "Kafka's own" if topic == "alone" else "both's")

    def cleaned_by_kafka(self, data, expected):
        """Kafka serves what Ottla compacted, and goes on; the result is the last value of each key."""
        with KafkaNode(self.kafka, data, self.folder / "kafka-on-ours.log") as node:
            for topic in TOPICS:
                # Tombstones may go as soon as Kafka's cleaner runs.
                found = rows(node.address, topic)
                missing = [row for row in expected[topic] if row not in found and row[3] is not None]
                more = [row for row in found if row not in expected[topic]]
                self.check(f"Ottla's, served by Kafka, {topic}: {len(found)} records", not missing and not more, (missing[:1], more[:1]))
            alone = {**SMALL, "cleanup.policy": "compact"}
            admin = AdminClient({"bootstrap.servers": node.address, "log_level": 0})
            admin.create_topics([NewTopic("alone", 1, 1, config=alone)])["alone"].result(20)
            write(node.address, 2, 3, [*TOPICS, "alone"])
            sizes = {topic: len(rows(node.address, topic)) for topic in TOPICS}
            write(node.address, 1, 3, [*TOPICS, "alone"])
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline and any(len(rows(node.address, topic)) >= sizes[topic] for topic in TOPICS):
                time.sleep(1)
            after = {topic: self.last(rows(node.address, topic)) for topic in TOPICS}
            fewer = {topic: len(rows(node.address, topic)) for topic in TOPICS}
            left = sum(fewer.values())
            self.check(f"Kafka compacts on: {left} records of {3 * 800 * len(TOPICS)} that were added", left < 800 * len(TOPICS))
            errors = node.errors()
            self.check("Kafka logs no error", not errors, errors[:3])
        return after

    def theirs(self, variant):
        where = self.folder / variant
        with tarfile.open(FIXTURES / f"kafka-4.4-data-{variant}.tar.gz") as archive:
            archive.extractall(where)
        data = where / "data"
        with Broker(data=data, settings=EAGER) as broker:
            before = rows(broker.address, "compacted")
            self.compacted(broker, ["compacted"])
            after = rows(broker.address, "compacted")
            self.check(f"{variant}: Kafka's, compacted by Ottla: {len(before)} records, then {len(after)}", self.last(before) == self.last(after))
            self.compacted(broker, ["__consumer_offsets"])
            broker.stop(30)
        self.dumps(data, "compacted", after, f"{variant}: Kafka's, compacted by Ottla")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kafka", type=pathlib.Path, default=os.environ.get("OTTLA_KAFKA"), help="a directory of Apache Kafka (OTTLA_KAFKA)")
    parser.add_argument("--keep", action="store_true", help="leave directories and logs where they are, and say where")
    options = parser.parse_args()
    if not options.kafka:
        parser.error("--kafka or OTTLA_KAFKA has to name a directory of Apache Kafka")
    options.kafka = pathlib.Path(options.kafka)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="ottla-compacted-"))
    comparison = Comparison(options, folder)
    try:
        comparison.ours()
        for variant in ("clean", "crashed"):
            comparison.theirs(variant)
        print(f"{len(comparison.problems)} problems")
        sys.exit(1 if comparison.problems else 0)
    finally:
        if options.keep:
            print(f"everything is in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
