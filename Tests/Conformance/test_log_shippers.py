"""Log shippers of Debian send, the node is restarted in order and by kill -9 meanwhile, and everything arrives.

scripts/log-shippers unpacks them; they run as plain processes with files of their own.
"""

import csv
import json
import os
import pathlib
import subprocess
import threading
import uuid

import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from broker import ROOT, eventually, spawn

PLACES = [ROOT / ".venv/shippers", pathlib.Path("/")]


def installed(program, *plugins):
    """The place of a daemon, its program and the folders of its plug-ins; the test is skipped when there is none."""
    for place in PLACES:
        found = [next(iter(sorted(place.glob(f"usr/lib/{plugin}"))), None) for plugin in plugins]
        if (place / "usr/sbin" / program).exists() and all(found):
            return place, str(place / "usr/sbin" / program), *(str(path.parent) for path in found)
    pytest.skip(f"{program} with its Kafka output is not here: scripts/log-shippers .venv/shippers unpacks it")


def start(place, command, folder):
    """Runs a daemon in the foreground; what it prints is in `folder`."""
    libraries = [*place.glob("usr/lib/*-linux-gnu"), *place.glob("lib/*-linux-gnu"), place / "usr/lib/syslog-ng"]
    with open(folder / "output", "w") as output:
        return spawn(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=folder,
                     env={**os.environ, "LD_LIBRARY_PATH": ":".join(map(str, libraries))})


def rsyslog(broker, topic, folder, is_idempotent):
    place, program, plugins = installed("rsyslogd", "*/rsyslog/omkafka.so")
    (folder / "rsyslog.conf").write_text(f"""
        global(workDirectory="{folder}")
        main_queue(queue.workerThreads="1")
        module(load="imfile")
        module(load="omkafka")
        template(name="line" type="string" string="%msg%")
        ruleset(name="out") {{
            action(type="omkafka" broker="{broker.address}" topic="{topic}" template="line" resubmitOnFailure="on" keepFailedMessages="on"
                   failedMsgFile="{folder}/failed" action.resumeRetryCount="-1" action.resumeInterval="1"
                   confParam=["enable.idempotence={is_idempotent}"])
        }}
        input(type="imfile" File="{folder}/lines" Tag="lines" ruleset="out")
    """)
    return start(place, [program, "-n", "-f", f"{folder}/rsyslog.conf", "-i", f"{folder}/pid", "-M", plugins], folder)


def syslog_ng(broker, topic, folder, is_idempotent):
    place, program, plugins = installed("syslog-ng", "syslog-ng/*/libkafka.so")
    (folder / "syslog-ng.conf").write_text(f"""@version: current
        options {{ time-reopen(1); }};
        source lines {{ file("{folder}/lines" flags(no-parse) follow-freq(0.05)); }};
        destination node {{
            kafka-c(bootstrap-servers("{broker.address}") topic("{topic}") message("$MSG") config("enable.idempotence" => "{is_idempotent}"));
        }};
        log {{ source(lines); destination(node); flags(flow-control); }};
    """)
    return start(place, [
        program, "-F", "--no-caps", "-f", f"{folder}/syslog-ng.conf", "-R", f"{folder}/persist", "-c", f"{folder}/control", "-p", f"{folder}/pid",
        "--module-path", plugins], folder)


def create(broker):
    topic = f"shipped-{uuid.uuid4().hex[:8]}"
    admin = AdminClient({"bootstrap.servers": broker.address})
    admin.create_topics([NewTopic(topic, 1, 1)])[topic].result(10)
    return topic


class Reader:
    """Collects the values of a topic, while the node comes and goes."""

    def __init__(self, broker, topic):
        self.values = []
        self.consumer = Consumer({"bootstrap.servers": broker.address, "group.id": "reader", "reconnect.backoff.max.ms": 200})
        self.consumer.assign([TopicPartition(topic, 0, 0)])

    def read(self):
        for message in self.consumer.consume(1000, 0.1):
            if not message.error():
                self.values.append(message.value())
        return self.values


class Writer(threading.Thread):
    """Appends numbered lines to a file until it is stopped."""

    def __init__(self, path):
        super().__init__()
        self.path = path
        self.count = 0
        self.ended = threading.Event()

    def run(self):
        with open(self.path, "ab", buffering=0) as file:
            while not self.ended.wait(0.002):
                file.write(b"line %d\n" % self.count)
                self.count += 1


def through_restarts(broker, count, reached):
    """Restarts the node in order, then by kill -9; before each and afterwards something new has to arrive."""
    for restart in (broker.stop, broker.kill):
        reached()
        restart()
        before = count()
        eventually(lambda: count() > before + 3, 30, "the daemon goes on")
        broker.start()
    reached()


@pytest.mark.parametrize("is_idempotent", ["false", "true"])
@pytest.mark.parametrize("shipper", [rsyslog, syslog_ng])
def test_every_line_arrives(broker, tmp_path, shipper, is_idempotent):
    topic = create(broker)
    (tmp_path / "lines").touch()
    daemon = shipper(broker, topic, tmp_path, is_idempotent)
    reader = Reader(broker, topic)
    writer = Writer(tmp_path / "lines")
    writer.start()
    try:
        def reached():
            goal = b"line %d" % writer.count
            eventually(lambda: goal in reader.read(), 60, f"{goal} arrives")

        through_restarts(broker, lambda: writer.count, reached)
    finally:
        writer.ended.set()
        writer.join()
        print((tmp_path / "output").read_text())
    sent = [b"line %d" % index for index in range(writer.count)]
    eventually(lambda: len(set(reader.read())) >= len(sent), 60, "all lines arrive")
    assert daemon.poll() is None
    if is_idempotent == "true":
        assert reader.values == sent
    else:
        assert sorted(set(reader.values)) == sorted(sent), "at least once"
    reader.consumer.close()


def test_every_metric_arrives(broker, tmp_path):
    """What collectd writes to files, it sends as well."""
    place, program, plugins = installed("collectd", "collectd/write_kafka.so")
    topic = create(broker)
    (tmp_path / "collectd.conf").write_text(f"""
        BaseDir "{tmp_path}"
        PIDFile "{tmp_path}/pid"
        PluginDir "{plugins}"
        TypesDB "{place}/usr/share/collectd/types.db"
        FQDNLookup false
        Hostname "here"
        Interval 0.05
        LoadPlugin csv
        LoadPlugin load
        LoadPlugin memory
        LoadPlugin write_kafka
        <Plugin csv>
            DataDir "{tmp_path}/written"
        </Plugin>
        <Plugin write_kafka>
            Property "metadata.broker.list" "{broker.address}"
            <Topic "{topic}">
                Format JSON
            </Topic>
        </Plugin>
    """)
    daemon = start(place, [program, "-f", "-C", f"{tmp_path}/collectd.conf"], tmp_path)
    reader = Reader(broker, topic)

    def written():
        """Plug-in and time of all values in the files; the last line may be on its way."""
        result = set()
        for path in tmp_path.glob("written/here/*/*"):
            with open(path, newline="") as file:
                lines = file.read().rpartition("\n")[0].splitlines()
            result |= {(path.parent.name, row[0]) for row in list(csv.reader(lines))[1:]}
        return result

    def arrived():
        return {(metric["plugin"], f"{metric['time']:.3f}") for value in reader.read() for metric in json.loads(value)}

    def reached():
        goal = eventually(written, 30, "the first value")
        eventually(lambda: goal <= arrived(), 60, "the values arrive")

    through_restarts(broker, lambda: len(written()), reached)
    assert daemon.poll() is None and len(written()) > 20
    reader.consumer.close()
