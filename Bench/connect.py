"""Kafka Connect, and a schema registry, on compacted topics of one broker for an hour, with restarts and kills of all of them.

Connect is a worker in distributed mode with a file source and a file sink; its configurations are changed by REST all the time. Its three
topics are compacted as eagerly as can be. At the end every line that was written has to be in the sink's file, what REST tells has to be what
was asked for, the last value of each key has to be what it was before the last passes, and the broker may have logged no error.

Connect comes with Apache Kafka and needs Java: --kafka or OTTLA_KAFKA names the directory that has bin/connect-distributed(.sh). A registry
is taken along when --karapace or OTTLA_KARAPACE is a command that starts Karapace, for example "venv/bin/python -m karapace".
"""

import argparse
import json
import os
import pathlib
import random
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "Tests" / "Conformance"))

from broker import Broker, binary  # noqa: E402
from confluent_kafka import Consumer, TopicPartition  # noqa: E402
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType  # noqa: E402

SETTINGS = [
    "offsets.topic.num.partitions=2", "group.initial.rebalance.delay.ms=200", "log.cleaner.backoff.ms=500", "log.initial.task.delay.ms=500",
    "log.retention.check.interval.ms=1000", "log.cleaner.min.cleanable.ratio=0.01"]
EAGER = {
    "internal.segment.bytes": "20000", "segment.ms": "20000", "min.cleanable.dirty.ratio": "0.01", "delete.retention.ms": "30000",
    "file.delete.delay.ms": "1000"}
TOPICS = ["connect-configs", "connect-offsets", "connect-status"]
CHURNED = [f"churn-{index}" for index in range(4)]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Rest:
    """Calls of a REST interface that may be gone at any time."""

    def __init__(self, port):
        self.base = f"http://127.0.0.1:{port}"

    def call(self, method, path, body=None, timeout=20):
        request = urllib.request.Request(
            self.base + path, None if body is None else json.dumps(body).encode(), {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            text = answer.read()
            return json.loads(text) if text else None

    def insist(self, method, path, body=None, seconds=180, gone=()):
        """Until it succeeds; `gone` are codes that say that it was done before."""
        began = time.monotonic()
        deadline, answered = began + seconds, None
        while True:
            try:
                result = self.call(method, path, body)
                if time.monotonic() > began + 20:
                    print(f"{method} {path} took {time.monotonic() - began:.0f} s; before: {answered}", flush=True)
                return result
            except (OSError, ValueError) as error:
                code = error.code if isinstance(error, urllib.error.HTTPError) else None
                if code in gone:
                    return None
                answered = f"{error} {error.read()[:300] if code else ''}"
                if time.monotonic() > deadline:
                    raise RuntimeError(f"{method} {path} does not succeed: {answered}") from error
                time.sleep(0.5)


class Service:
    """A process that is started anew and again."""

    def __init__(self, command, log, environment):
        self.command, self.log, self.environment = command, log, environment
        self.process = None

    def start(self):
        with open(self.log, "a") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log, env={**os.environ, **self.environment})

    def stop(self, kills=False, seconds=60):
        self.process.kill() if kills else self.process.terminate()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            print(f"{self.command[0]} does not stop in {seconds} s", flush=True)
            self.process.kill()
            self.process.wait()


class Connect(Service):
    def __init__(self, kafka, folder, broker):
        port = free_port()
        scripts = [path for name in ("connect-distributed", "connect-distributed.sh") if (path := kafka / "bin" / name).exists()]
        if not scripts:
            raise SystemExit(f"{kafka} has no bin/connect-distributed")
        properties = {
            "bootstrap.servers": broker.address, "group.id": "connect", "listeners": f"HTTP://127.0.0.1:{port}",
            "plugin.discovery": "service_load", "key.converter": "org.apache.kafka.connect.storage.StringConverter",
            "value.converter": "org.apache.kafka.connect.storage.StringConverter", "offset.flush.interval.ms": "1000",
            "offset.storage.partitions": "3", "status.storage.partitions": "2", "session.timeout.ms": "10000",
            "scheduled.rebalance.max.delay.ms": "3000"}
        for kind in ("config", "offset", "status"):
            properties |= {f"{kind}.storage.topic": f"connect-{kind}{'' if kind == 'status' else 's'}", f"{kind}.storage.replication.factor": "1"}
            properties |= {f"{kind}.storage.{key}": value for key, value in EAGER.items()}
        path = folder / "worker.properties"
        path.write_text("".join(f"{key}={value}\n" for key, value in properties.items()))
        memory = {"KAFKA_HEAP": "256m", "KAFKA_HEAP_OPTS": "-Xmx256M", "KAFKA_TIER": "1"}
        super().__init__([str(scripts[-1]), str(path)], folder / "connect.log", memory)
        self.rest = Rest(port)

    def wait(self):
        self.rest.insist("GET", "/connectors", seconds=90)


class Lines(threading.Thread):
    """Appends numbered lines to the source's file."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.path, self.count, self.ends = path, 0, threading.Event()
        path.touch()

    def run(self):
        with open(self.path, "a") as file:
            while not self.ends.wait(0.1):
                for _ in range(20):
                    file.write(f"[{self.count}] {'x' * random.randrange(60)}\n")
                    self.count += 1
                file.flush()

    def missing(self, sink):
        """Lines that were written; a line that was cut by a kill does not count."""
        seen = {int(number) for number in re.findall(rb"\[(\d+)\]", sink.read_bytes())} if sink.exists() else set()
        return set(range(self.count)) - seen


class Churn(threading.Thread):
    """Changes connectors all the time, and knows what they have to be."""

    def __init__(self, rest, folder):
        super().__init__(daemon=True)
        self.rest, self.folder, self.ends = rest, folder, threading.Event()
        self.configs, self.changes, self.failure = {}, 0, None

    def source(self, size):
        return {
            "connector.class": "org.apache.kafka.connect.file.FileStreamSourceConnector", "tasks.max": "1", "topic": "lines",
            "file": str(self.folder / "source.txt"), "batch.size": str(size)}

    def sink(self):
        return {
            "connector.class": "org.apache.kafka.connect.file.FileStreamSinkConnector", "tasks.max": "1", "topics": "lines",
            "file": str(self.folder / "sink.txt"), "consumer.override.auto.offset.reset": "earliest"}

    def put(self, name, config):
        self.rest.insist("PUT", f"/connectors/{name}/config", config)
        self.configs[name] = {**config, "name": name}
        self.changes += 1

    def run(self):
        generator = random.Random(1)
        try:
            while not self.ends.wait(generator.uniform(0.5, 4)):
                self.change(generator)
        except Exception as error:
            self.failure = error

    def change(self, generator):
        what = generator.random()
        if what < 0.2:
            self.put("source", self.source(generator.randrange(100, 2000)))
            return
        name = generator.choice(CHURNED)
        if name not in self.configs or what < 0.6:
            config = {**self.source(generator.randrange(1, 2000)), "topic": "churn", "file": str(self.folder / f"{name}.txt")}
            with open(self.folder / f"{name}.txt", "a") as file:  # it never shrinks: the source goes on where it was
                file.write("a line\n" * generator.randrange(1, 50))
            self.put(name, config)
        elif what < 0.75:
            self.rest.insist("DELETE", f"/connectors/{name}", gone=(404,))
            del self.configs[name]
            self.changes += 1
        else:
            self.rest.insist("PUT", f"/connectors/{name}/{generator.choice(['pause', 'resume', 'resume'])}", gone=(404,))
            self.changes += 1


def canonical(schema):
    return json.dumps(json.loads(schema), sort_keys=True)


class Registry(Service):
    """A schema registry, and one who registers schemas there."""

    def __init__(self, command, folder, broker):
        port = free_port()
        environment = {
            "KARAPACE_BOOTSTRAP_URI": broker.address, "KARAPACE_HOST": "127.0.0.1", "KARAPACE_PORT": str(port), "KARAPACE_KARAPACE_REGISTRY": "true",
            "KARAPACE_KARAPACE_REST": "false", "KARAPACE_ADVERTISED_HOSTNAME": "127.0.0.1", "KARAPACE_REPLICATION_FACTOR": "1",
            "KARAPACE_LOG_LEVEL": "WARNING", "KARAPACE_SESSION_TIMEOUT_MS": "10000"}
        super().__init__(shlex.split(command), folder / "registry.log", environment)
        self.rest, self.ends, self.failure = Rest(port), threading.Event(), None
        self.schemas, self.levels, self.changes = {}, {}, 0

    def wait(self):
        self.rest.insist("GET", "/subjects", seconds=120)

    def work(self):
        generator = random.Random(2)
        try:
            while not self.ends.wait(generator.uniform(0.5, 3)):
                self.change(generator)
                self.changes += 1
        except Exception as error:
            self.failure = error

    def change(self, generator):
        subject = f"subject-{generator.randrange(6)}"
        what = generator.random()
        if what < 0.5:
            level = generator.choice(["NONE", "BACKWARD", "FULL", "FORWARD"])
            self.rest.insist("PUT", f"/config/{subject}", {"compatibility": level})
            self.levels[subject] = level
        elif what < 0.9 or subject not in self.schemas:
            self.rest.insist("PUT", f"/config/{subject}", {"compatibility": "NONE"})
            self.levels[subject] = "NONE"
            fields = [{"name": f"f{generator.randrange(10**6)}", "type": "string"}]
            schema = json.dumps({"type": "record", "name": "R", "fields": fields})
            self.rest.insist("POST", f"/subjects/{subject}/versions", {"schema": schema})
            self.schemas.setdefault(subject, set()).add(schema)
        else:
            self.rest.insist("DELETE", f"/subjects/{subject}", gone=(404,))
            self.rest.insist("DELETE", f"/subjects/{subject}?permanent=true", gone=(404,))
            self.schemas.pop(subject)
            self.levels.pop(subject, None)  # goes with the subject

    def problems(self):
        """What the registry says otherwise than it was told."""
        subjects = set(self.rest.insist("GET", "/subjects"))
        found = [] if subjects == set(self.schemas) else [f"the registry has {sorted(subjects)}, not {sorted(self.schemas)}"]
        for subject in sorted(subjects & set(self.schemas)):
            versions = self.rest.insist("GET", f"/subjects/{subject}/versions")
            kept = {canonical(self.rest.insist("GET", f"/subjects/{subject}/versions/{version}")["schema"]) for version in versions}
            if kept != {canonical(schema) for schema in self.schemas[subject]}:
                found.append(f"{subject} has {len(kept)} schemas, not the {len(self.schemas[subject])} that were registered")
        for subject, level in sorted(self.levels.items()):
            said = self.rest.insist("GET", f"/config/{subject}")["compatibilityLevel"]
            if said != level:
                found.append(f"{subject} is {said}, not {level}")
        return found


def last_values(broker, topics):
    """The last value of each key, those that are deleted left out; and how many records there are."""
    consumer = Consumer({
        "bootstrap.servers": broker.address, "group.id": "look", "enable.auto.commit": False, "enable.partition.eof": True, "log_level": 0})
    known = consumer.list_topics(timeout=20).topics
    partitions = [TopicPartition(topic, index, 0) for topic in topics for index in known[topic].partitions]
    consumer.assign(partitions)
    values, count, open_ends = {}, 0, len(partitions)
    deadline = time.monotonic() + 60
    while open_ends and time.monotonic() < deadline:
        message = consumer.poll(1)
        if message is None:
            continue
        if message.error():
            open_ends -= 1
            continue
        count += 1
        values[message.topic(), message.partition(), message.key()] = message.value()
    consumer.close()
    if open_ends:
        raise RuntimeError(f"{topics} cannot be read to their end")
    return {key: value for key, value in values.items() if value is not None}, count


def make_eager(broker, topic):
    entries = [ConfigEntry(key, value, incremental_operation=AlterConfigOpType.SET) for key, value in EAGER.items()]
    resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=entries)
    admin = AdminClient({"bootstrap.servers": broker.address})
    for made in admin.incremental_alter_configs([resource]).values():
        made.result(20)


class Soak:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.broker = Broker(data=folder / "data", settings=SETTINGS).start()
        self.connect = Connect(options.kafka, folder, self.broker)
        self.registry = Registry(options.karapace, folder, self.broker) if options.karapace else None
        self.lines = Lines(folder / "source.txt")
        self.churn = Churn(self.connect.rest, folder)
        self.problems, self.restarts = [], {"broker": 0, "worker": 0, "registry": 0}

    @property
    def services(self):
        return [service for service in (self.connect, self.registry) if service]

    def topics(self):
        return [*TOPICS, "__consumer_offsets", *(["_schemas"] if self.registry else [])]

    def run(self):
        for service in self.services:
            service.start()
        try:
            for service in self.services:
                service.wait()
            for topic in self.topics()[len(TOPICS):]:
                make_eager(self.broker, topic)
            if self.registry:
                threading.Thread(target=self.registry.work, daemon=True).start()
            self.lines.start()
            self.churn.put("source", self.churn.source(500))
            self.churn.put("sink", self.churn.sink())
            self.churn.start()
            self.watch()
            self.finish()
        finally:
            for service in self.services:
                service.stop(kills=True)
            if self.broker.is_alive():
                self.broker.stop(60)
        return self.report()

    def watch(self):
        began, generator, next_say = time.monotonic(), random.Random(3), 0
        due = {"broker": 60, "worker": 150, "registry": 100 if self.registry else 1 << 30}
        while (elapsed := time.monotonic() - began) < self.options.minutes * 60:
            time.sleep(1)
            self.look()
            if elapsed > next_say:
                next_say += 60
                print(f"{elapsed / 60:5.1f} min: {self.progress()}", flush=True)
            for name in due:
                if elapsed > due[name]:
                    due[name] += generator.uniform(0.5, 1.5) * {"broker": 150, "worker": 300, "registry": 300}[name]
                    self.restart(name, generator)

    def look(self):
        for worker in (self.churn, self.registry):
            if worker and worker.failure:
                raise RuntimeError("changes fail") from worker.failure
        if not self.broker.is_alive():
            raise RuntimeError(f"the broker died: {self.broker.logs()[-3000:]}")
        for service in self.services:
            if service.process.poll() is not None:
                raise RuntimeError(f"{service.command[0]} ended by itself: {service.log.read_text()[-3000:]}")

    def restart(self, name, generator):
        self.restarts[name] += 1
        kills = generator.random() < 0.5
        if name == "broker":
            if kills:
                self.broker.kill()
            elif self.broker.stop(60) != 0:
                raise RuntimeError(f"the stop failed: {self.broker.logs()[-3000:]}")
            time.sleep(generator.choice([0, 0, 3, 15]))
            self.broker.start(60)
        else:
            service = self.connect if name == "worker" else self.registry
            service.stop(kills)
            service.start()

    def passes(self):
        return {topic: sum("a log was compacted" in line and topic in line for line in self.broker.logs().splitlines())
                for topic in self.topics()}

    def progress(self):
        changes = f"{self.churn.changes} changes of connectors" + (f", {self.registry.changes} of schemas" if self.registry else "")
        return f"{self.lines.count} lines, {changes}, restarts {self.restarts}, passes {self.passes()}"

    def finish(self):
        """All that was asked for has to be there, and again after the logs were compacted and everything started anew."""
        self.churn.ends.set()
        self.lines.ends.set()
        for thread in (self.churn, self.lines):
            thread.join(200)
        if self.registry:
            self.registry.ends.set()
        for name in self.churn.configs:
            self.connect.rest.insist("PUT", f"/connectors/{name}/resume")
        sink = self.folder / "sink.txt"
        deadline = time.monotonic() + 120
        while self.lines.missing(sink) and time.monotonic() < deadline:
            time.sleep(1)
        missing = sorted(self.lines.missing(sink))
        if missing:
            self.problems.append(f"{len(missing)} of {self.lines.count} lines have not arrived, the first is {missing[0]}")
        self.check("before the last passes")
        for service in self.services:
            service.stop()
        before, records = last_values(self.broker, self.topics())
        for topic in self.topics():
            subprocess.run([binary(), "topic", "compact", topic, "--bootstrap", self.broker.address], check=True, stdout=subprocess.DEVNULL)
        after, fewer = last_values(self.broker, self.topics())
        print(f"{records} records before the last passes, {fewer} after them, {len(before)} keys with a value", flush=True)
        if before != after:
            changed = sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
            self.problems.append(f"values of {len(changed)} keys changed: {changed[:3]}")
        if self.broker.stop(60) != 0:
            self.problems.append("the broker's stop failed")
        self.broker.start(60)
        for service in self.services:
            service.start()
        for service in self.services:
            service.wait()
        self.check("after the last passes and a restart")

    def check(self, when):
        rest, found = self.connect.rest, []
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            found = self.differences(rest)
            if not found:
                break
            time.sleep(2)
        if self.registry:
            found += self.registry.problems()
        self.problems += [f"{when}: {what}" for what in found]

    def differences(self, rest):
        names = set(rest.insist("GET", "/connectors"))
        found = [] if names == set(self.churn.configs) else [f"there are {sorted(names)}, not {sorted(self.churn.configs)}"]
        for name, config in sorted(self.churn.configs.items()):
            if name not in names:
                continue
            if rest.insist("GET", f"/connectors/{name}/config") != config:
                found.append(f"{name} has another configuration")
            status = rest.insist("GET", f"/connectors/{name}/status")
            states = [status["connector"]["state"], *(task["state"] for task in status["tasks"])]
            if states != ["RUNNING", "RUNNING"]:
                found.append(f"{name} is {states}")
        offsets = rest.insist("GET", "/connectors/source/offsets")["offsets"]
        positions = [part["offset"]["position"] for part in offsets]
        size = (self.folder / "source.txt").stat().st_size
        if positions != [size]:
            found.append(f"the source's offset is {positions}, its file has {size} bytes")
        return found

    def report(self):
        errors = [line for line in self.broker.logs().splitlines() if re.search(r"\b(error|critical)\b", line.split("]")[0])]
        self.problems += [f"the broker says: {line}" for line in errors[:5]]
        sizes = {path.name: sum(file.stat().st_size for file in path.glob("*.log"))
                 for path in sorted((self.folder / "data").glob("*-*")) if path.name.startswith(("connect", "_schemas", "__consumer"))}
        print(self.progress())
        print(f"bytes: {sizes}")
        for problem in self.problems:
            print(f"PROBLEM {problem}")
        print("NOT SOUND" if self.problems else "sound")
        return not self.problems


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--kafka", type=pathlib.Path, default=os.environ.get("OTTLA_KAFKA"), help="a directory of Apache Kafka (OTTLA_KAFKA)")
    parser.add_argument("--karapace", default=os.environ.get("OTTLA_KARAPACE"), help="a command that starts Karapace (OTTLA_KARAPACE)")
    parser.add_argument("--keep", action="store_true", help="leave data and logs where they are, and say where")
    options = parser.parse_args()
    if not options.kafka:
        parser.error("--kafka or OTTLA_KAFKA has to name a directory of Apache Kafka")
    options.kafka = pathlib.Path(options.kafka)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="ottla-connect-"))
    try:
        sys.exit(0 if Soak(options, folder).run() else 1)
    finally:
        if options.keep:
            print(f"data and logs are in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
