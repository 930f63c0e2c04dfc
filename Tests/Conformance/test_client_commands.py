"""The command line against a node, as a person or a script would use it: what is printed, where, and the exit codes."""

import json
import os
import re
import socket
import subprocess
import threading

import pytest
from broker import Broker, binary
from confluent_kafka import Consumer, Producer, TopicPartition


@pytest.fixture
def node():
    with Broker(settings=["group.initial.rebalance.delay.ms=0", "offsets.topic.num.partitions=2"]) as broker:
        yield broker


def ottla(node, *arguments, code=0, stdin=""):
    """Runs a command; the lines that it printed, and what it complained of."""
    environment = {**os.environ, "OTTLA_BOOTSTRAP": node.address, "HOME": "/nonexistent"}
    done = subprocess.run([binary(), *arguments], env=environment, input=stdin, capture_output=True, text=True, timeout=60)
    assert done.returncode == code, (arguments, done.returncode, done.stdout, done.stderr)
    assert bool(done.stderr) == (code != 0), done.stderr
    return done.stdout.splitlines(), done.stderr.strip()


def rows(node, *arguments):
    return [json.loads(line) for line in ottla(node, *arguments, "--output", "json")[0]]


def produce(node, topic, count, partition=0):
    producer = Producer({"bootstrap.servers": node.address})
    for number in range(count):
        producer.produce(topic, b"%d" % number, partition=partition)
    assert producer.flush(30) == 0


def test_a_topic_from_beginning_to_end(node):
    assert ottla(node, "topic", "list") == (["NAME  PARTITIONS  REPLICATION  WITHOUT_LEADER  UNDER_REPLICATED"], "")
    assert ottla(node, "topic", "create", "orders", "--partitions", "3", "--config", "retention.ms=60000")[0] == ["topic 'orders' created"]
    assert ottla(node, "topic", "create", "orders", code=1)[1] == "ottla: topic 'orders' exists already (TOPIC_ALREADY_EXISTS)"
    assert ottla(node, "topic", "create", "orders", "--if-not-exists")[0] == ["topic 'orders' exists"]
    assert ottla(node, "topic", "list")[0] == [
        "NAME    PARTITIONS  REPLICATION  WITHOUT_LEADER  UNDER_REPLICATED",
        "orders           3            1               0                 0",
    ]
    produce(node, "orders", 7, partition=1)
    lines = ottla(node, "topic", "describe", "orders")[0]
    assert lines[0].startswith("orders  id ")
    assert lines[1:] == [
        "  retention.ms=60000",
        "PARTITION  LEADER  EPOCH  REPLICAS  IN_SYNC  OFFLINE  START  END  STATE",
        "        0       1      0  1         1              -      0    0      -",
        "        1       1      0  1         1              -      0    7      -",
        "        2       1      0  1         1              -      0    0      -",
    ]
    assert ottla(node, "topic", "add-partitions", "orders", "4")[0] == ["topic 'orders' has 4 partitions"]
    assert "can only grow" in ottla(node, "topic", "add-partitions", "orders", "2", code=1)[1]
    assert ottla(node, "record", "delete", "orders", "--partition", "1", "--before", "5", "--yes")[0] == ["PARTITION  START", "        1      5"]
    assert [(row["start"], row["end"]) for row in rows(node, "topic", "describe", "orders")] == [(0, 0), (5, 7), (0, 0), (0, 0)]
    assert ottla(node, "topic", "delete", "orders", "--yes")[0] == ["topic 'orders' deleted"]
    assert rows(node, "topic", "list") == []


def test_what_is_destroyed_is_asked_for(node):
    ottla(node, "topic", "create", "keep")
    complaint = ottla(node, "topic", "delete", "keep", code=64)[1]
    assert complaint == "ottla: Delete 'keep' and all records? Standard input is not a terminal: add --yes to confirm"
    assert [row["name"] for row in rows(node, "topic", "list")] == ["keep"]


def test_names_that_were_mistyped(node):
    ottla(node, "topic", "create", "orders")
    assert ottla(node, "topic", "describe", "ordrs", code=1)[1] == (
        "ottla: topic 'ordrs' does not exist (UNKNOWN_TOPIC_OR_PARTITION); did you mean 'orders'?")
    assert "'ottla topic list' shows what there is" in ottla(node, "topic", "describe", "xyz", code=1)[1]
    assert "did you mean 'retention.ms'?" in ottla(node, "config", "get", "topic/orders", "retentoin.ms", code=1)[1]
    assert ottla(node, "topic", "lst", code=64)[1] != ""


def test_settings(node):
    ottla(node, "topic", "create", "orders")
    resources = [row["resource"] for row in rows(node, "config", "list")]
    assert "topic/orders" in resources and any(name.startswith("broker/") for name in resources)
    ottla(node, "config", "set", "topic/orders", "cleanup.policy=compact", "retention.ms=5000")
    assert ottla(node, "config", "get", "topic/orders")[0] == [
        "NAME                 VALUE    SOURCE      READ_ONLY",
        "cleanup.policy       compact  topic       no",
        "min.insync.replicas  1        allBrokers  no",
        "retention.ms         5000     topic       no",
    ]
    ottla(node, "topic", "alter", "orders", "--unset", "retention.ms", "--set", "cleanup.policy=delete")
    own = [(row["name"], row["value"]) for row in rows(node, "config", "get", "topic/orders") if row["source"] == "topic"]
    assert own == [("cleanup.policy", "delete")]
    assert "it must be a whole number" in ottla(node, "config", "set", "topic/orders", "retention.ms=soon", code=1)[1]
    assert len(rows(node, "config", "get", "topic/orders", "--all")) > 20


def test_groups_and_their_offsets(node):
    ottla(node, "topic", "create", "orders", "--partitions", "2")
    produce(node, "orders", 10)
    consumer = Consumer({
        "bootstrap.servers": node.address, "group.id": "billing", "client.id": "reader", "auto.offset.reset": "earliest",
        "enable.auto.commit": False})
    assigned = threading.Event()
    consumer.subscribe(["orders"], on_assign=lambda *_: assigned.set())
    seen = 0
    while seen < 4 or not assigned.is_set():
        message = consumer.poll(10)
        assert message is not None and message.error() is None
        seen += 1
        if seen == 4:
            consumer.commit(message, asynchronous=False)
    assert [(row["group"], row["state"]) for row in rows(node, "group", "list")] == [("billing", "Stable")]
    group, *partitions = rows(node, "group", "describe", "billing")
    assert group == {
        "group": "billing", "state": "Stable", "type": "classic", "epoch": None, "members": 1, "assignor": "range", "coordinator": 1}
    described = {row["partition"]: row for row in partitions}
    assert (described[0]["committed"], described[0]["end"], described[0]["lag"]) == (4, 10, 6)
    assert described[1]["committed"] is None and described[1]["client"] == "reader"
    assert ottla(node, "group", "describe", "billing")[0][0] == "billing: Stable, 1 members, assignor range, coordinator 1"
    assert "has members; stop them first" in ottla(node, "group", "delete", "billing", "--yes", code=1)[1]
    assert "has members; stop them first" in ottla(
        node, "group", "reset-offsets", "billing", "--topic", "orders", "--to-earliest", "--yes", code=1)[1]
    consumer.close()

    def reset(*way):
        return [(row["partition"], row["before"], row["after"]) for row in rows(node, "group", "reset-offsets", "billing", "--topic", "orders", *way)]

    assert reset("--to-latest", "--dry-run") == [(0, 4, 10), (1, None, 0)]
    assert reset("--shift", "-3", "--yes") == [(0, 4, 1), (1, None, 0)]
    assert reset("--to-offset", "99", "--partition", "0", "--yes") == [(0, 1, 10)]
    assert ottla(node, "group", "reset-offsets", "billing", "--to-latest", "--to-earliest", code=64)[1] != ""
    check = Consumer({"bootstrap.servers": node.address, "group.id": "billing"})
    assert [p.offset for p in check.committed([TopicPartition("orders", 0), TopicPartition("orders", 1)], timeout=10)] == [10, 0]
    check.close()
    assert ottla(node, "group", "delete", "billing", "--yes")[0] == ["group 'billing' deleted"]
    assert ottla(node, "group", "describe", "billing", code=1)[1] == "ottla: group 'billing' does not exist (GROUP_ID_NOT_FOUND)"


def test_the_cluster(node):
    lines = ottla(node, "cluster", "describe")[0]
    assert lines[0].startswith("cluster ") and lines[1].startswith("metadata: leader 1, epoch ")
    assert rows(node, "cluster", "describe") == [{"broker": 1, "address": node.address, "rack": None, "roles": "broker,controller*"}]


def test_where_the_cluster_is(node, tmp_path):
    profile = tmp_path / "client.properties"
    profile.write_text(f"bootstrap.servers = 127.0.0.1:1,{node.address}\n")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("OTTLA_")}

    def run(*arguments, **more):
        return subprocess.run(
            [binary(), "topic", "list", *arguments], env={**environment, "HOME": str(tmp_path), **more}, capture_output=True, text=True, timeout=60)

    assert run("--profile", str(profile)).returncode == 0
    assert run(OTTLA_PROFILE=str(profile)).returncode == 0
    home = tmp_path / ".config" / "ottla"
    home.mkdir(parents=True)
    profile.rename(home / "client.properties")
    assert run().returncode == 0
    refused = run("--bootstrap", "127.0.0.1:1")
    assert refused.returncode == 69 and refused.stderr.startswith("ottla: no broker at 127.0.0.1:1: Connection refused\n")
    assert run("--bootstrap", "127.0.0.1:port").returncode == 78
    assert run("--profile", "/nonexistent").returncode == 78


def test_what_is_no_broker():
    """Something that answers, but not as a broker does."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        def answer():
            with server.accept()[0] as client:
                client.recv(1000)
                client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        done = subprocess.run(
            [binary(), "topic", "list", "--bootstrap", "127.0.0.1:%d" % server.getsockname()[1]], capture_output=True, text=True, timeout=60)
        thread.join(10)
    assert done.returncode != 0 and "is it a Kafka broker?" in done.stderr


def test_measuring(node):
    ottla(node, "topic", "create", "load", "--partitions", "2")
    sent = rows(node, "perf", "produce", "load", "--records", "3000", "--size", "200", "--compression", "lz4")
    assert (sent[0]["records"], sent[0]["bytes"]) == (3000, 600_000)
    paced = rows(node, "perf", "produce", "load", "--records", "500", "--size", "200", "--rate", "1000", "--acks", "1")
    assert 0.4 < float(paced[0]["seconds"]) < 5
    read = rows(node, "perf", "consume", "load")
    assert (read[0]["records"], read[0]["bytes"]) == (3500, 700_000)
    for pace in ([], ["--rate", "1000"]):
        spent = rows(node, "perf", "latency", "load", "--records", "200", *pace)[0]
        assert spent["records"] == 200 and 0 < float(spent["p50_ms"]) <= float(spent["p99_ms"]) <= float(spent["max_ms"])
    assert "cannot be measured" in ottla(node, "perf", "latency", "load", "--acks", "0", code=64)[1]
    assert "did you mean 'load'?" in ottla(node, "perf", "produce", "laod", code=1)[1]


def test_no_option_of_a_command_means_two_things():
    def commands(path):
        text = subprocess.run([binary(), *path, "--help"], capture_output=True, text=True).stdout
        yield path, text
        if "SUBCOMMANDS:" in text:
            for line in text.split("SUBCOMMANDS:")[1].splitlines():
                name = re.match(r"  ([a-z-]+)(?: \(default\))?(?:  |$)", line)
                if name and name[1] != "help":
                    yield from commands([*path, name[1]])

    seen = list(commands([]))
    assert len(seen) > 25
    for path, text in seen:
        names = re.findall(r"^  (?:-\w, )?(--[a-z-]+)", text.split("OPTIONS:")[-1], re.M)
        assert len(names) == len(set(names)), (path, names)


def test_a_benchmark_leaves_nothing_behind(node):
    done = subprocess.run(
        [binary(), "bench", "--records", "2000", "--size", "200", "--bootstrap", node.address, "--output", "json"],
        capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    produced, consumed, latency = map(json.loads, done.stdout.splitlines())
    assert produced["records"] == consumed["records"] == latency["records"] == 2000
    assert consumed["bytes"] == 400_000
    name = re.match("topic '(ottla-bench-[0-9]+)' created\n", done.stderr).group(1)
    assert done.stderr.endswith(f"topic '{name}' deleted\n")
    assert not rows(node, "topic", "list")


def test_shells_complete_what_there_is():
    script = subprocess.run([binary(), "--generate-completion-script", "bash"], capture_output=True, text=True, timeout=60)
    assert script.returncode == 0
    ask = "COMP_WORDS=(ottla group re); COMP_CWORD=2; COMP_LINE='ottla group re'; COMP_POINT=14; _ottla; echo ${COMPREPLY[@]}"
    offered = subprocess.run(["bash", "-c", script.stdout + "\n" + ask], capture_output=True, text=True, timeout=60).stdout.split()
    assert "reset-offsets" in offered


def test_what_secures_a_connection_is_checked_and_explained(node, tmp_path):
    def problem(code, *settings):
        return ottla(node, "topic", "list", *(part for setting in settings for part in ("-X", setting)), code=code)[1]

    sasl = ["security.protocol=SASL_PLAINTEXT", "sasl.mechanism=PLAIN"]
    assert "does not offer SASL on this port; check security.protocol" in problem(1, *sasl, "sasl.username=a", "sasl.password=geheim")
    assert "sasl.username and sasl.password are missing" in problem(78, *sasl)
    assert "only PEM is supported" in problem(78, "security.protocol=SSL", "ssl.truststore.type=JKS")
    missing = tmp_path / "no.pem"
    assert f"{missing} cannot be read: No such file" in problem(78, "security.protocol=SSL", f"ssl.truststore.location={missing}")
    assert "does this port speak TLS?" in problem(69, "security.protocol=SSL")


def test_brokers(node):
    ottla(node, "topic", "create", "placed", "--partitions", "2")
    lines = ottla(node, "broker", "list")[0]
    assert lines[0].split() == ["BROKER", "ADDRESS", "RACK", "STATE", "LEADERS", "REPLICAS", "BEHIND"]
    (row,) = rows(node, "broker", "list")
    assert (row["broker"], row["address"], row["state"], row["behind"]) == (1, node.address, "active", 0)
    assert row["leaders"] == row["replicas"] >= 2
    lines = ottla(node, "broker", "describe", "1")[0]
    assert lines[0] == f"broker 1 at {node.address}, active"
    assert "online" in lines[1] and node.data in lines[1]
    placed = [row for row in rows(node, "broker", "describe", "1") if row["topic"] == "placed"]
    assert [(row["partition"], row["role"], row["in_sync"], row["lag"]) for row in placed] == [(0, "leader", True, 0), (1, "leader", True, 0)]
    assert ottla(node, "broker", "describe", "7", code=1)[1] == "ottla: broker 7 is not registered; registered are 1"
