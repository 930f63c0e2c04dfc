"""ottla migrate: what it says of a node of our own, both ways. Apache Kafka itself is tried by hand (Tests/Cluster/mixed.py)."""

import json

import pytest
from broker import Broker
from test_client_commands import ottla, rows


@pytest.fixture
def node():
    with Broker(settings=["group.initial.rebalance.delay.ms=0"]) as broker:
        yield broker


def check(node, *arguments, code=0):
    lines, complaint = ottla(node, "migrate", "check", *arguments, "--output", "json", code=code)
    return {row["check"]: row for row in map(json.loads, lines)}, complaint


def test_a_node_that_is_well_may_become_either(node):
    ottla(node, "topic", "create", "orders", "--partitions", "2")
    found, _ = check(node, "--to", "ottla")
    assert {row["result"] for row in found.values()} == {"ok", "warning"}
    assert "orders-0" in found["partitions"]["detail"] and found["partitions"]["result"] == "warning", "it has one replica"
    found, _ = check(node, "--to", "kafka", "--role", "controller")
    assert found["settings"]["result"] == "ok" and found["voters"]["result"] == "warning"


def test_keys_that_only_ottla_knows_are_shown_and_unset_before_a_controller_of_kafka_leads(node):
    ottla(node, "topic", "create", "orders", "--config", "ottla.flush.policy=ack", "--config", "retention.ms=3600000")
    ottla(node, "config", "set", "broker", "ottla.flush.policy=os")
    found, complaint = check(node, "--to", "kafka", "--role", "controller", code=1)
    assert found["settings"]["result"] == "blocked" and found["settings"]["remedy"] == "ottla migrate unset"
    assert "topic/orders" in found["settings"]["detail"] or "topic 'orders'" in found["settings"]["detail"]
    assert complaint == f"ottla: 1 of {len(found)} checks block the step"
    assert check(node, "--to", "kafka")[0]["settings"]["result"] == "warning", "a broker of Kafka does not mind"
    shown = rows(node, "migrate", "unset", "--dry-run")
    assert [(row["resource"], row["keys"]) for row in shown] == [("topic/orders", ["ottla.flush.policy"]), ("broker", ["ottla.flush.policy"])]
    assert rows(node, "migrate", "unset", "--dry-run") == shown, "nothing was changed"
    assert [row["result"] for row in rows(node, "migrate", "unset")] == ["unset", "unset"]
    assert rows(node, "migrate", "unset") == []
    left = {row["name"]: row["value"] for row in rows(node, "config", "get", "topic/orders")}
    assert left["retention.ms"] == "3600000" and not any(name.startswith("ottla.") for name in left)
    assert check(node, "--to", "kafka", "--role", "controller")[0]["settings"]["result"] == "ok"


def test_the_configuration_and_the_directories_are_looked_at(node, tmp_path):
    file = tmp_path / "server.properties"
    roles = "process.roles=broker,controller\ncontroller.listener.names=CONTROLLER\n"

    def write(*lines):
        file.write_text("\n".join([roles, "node.id=1", "controller.quorum.voters=1@127.0.0.1:9093", *lines]))

    listeners = "listeners=PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093"
    write(listeners, f"log.dirs={node.data}", "num.io.threads=8")
    found, _ = check(node, "--to", "ottla", "--config", str(file))
    assert found["configuration"]["result"] == "warning" and "num.io.threads" in found["configuration"]["detail"]
    assert found["directory"]["result"] == "ok" and "voters" in found, "the file says that it is a controller, too"
    write(listeners.replace("PLAINTEXT://", "SSL://"), f"log.dirs={node.data}")
    found, _ = check(node, "--to", "ottla", "--config", str(file), code=1)
    assert found["configuration"]["result"] == "blocked" and "SSL" in found["configuration"]["detail"]
    write(listeners, f"log.dirs={tmp_path}/nothing")
    found, _ = check(node, "--to", "ottla", "--config", str(file), code=1)
    assert found["directory"]["result"] == "blocked" and "nothing" in found["directory"]["detail"]
    write(listeners, f"log.dirs={node.data}", "ottla.scrub.interval.ms=1000")
    found, _ = check(node, "--to", "kafka", "--config", str(file))
    assert found["configuration"]["result"] == "warning" and "ottla.scrub.interval.ms" in found["configuration"]["detail"]


def test_what_cannot_be_read_is_said(node, tmp_path):
    _, complaint = ottla(node, "migrate", "check", "--to", "ottla", "--config", str(tmp_path / "none"), code=78)
    assert "none" in complaint
    _, complaint = ottla(node, "migrate", "check", code=64)
    assert "--to" in complaint
