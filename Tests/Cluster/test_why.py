"""`ottla why`: what three nodes decided, and for which reasons."""

import json
import signal
import subprocess
import time

import pytest
from confluent_kafka import Consumer

from broker import binary, eventually
from cluster import Cluster


@pytest.fixture
def cluster():
    with Cluster() as three:
        yield three


def why(cluster, *arguments, node=None):
    """The decisions that are told, and what stands on standard error."""
    bootstrap = f"127.0.0.1:{cluster.node(node).port}" if node else cluster.bootstrap
    told = subprocess.run(
        [binary(), "why", *arguments, "--bootstrap", bootstrap, "--output", "json"],
        capture_output=True, text=True, check=False, timeout=60,
    )
    assert told.returncode == 0, f"{told.stderr}\n{cluster.logs()}"
    return [json.loads(line) for line in told.stdout.splitlines()], told.stderr


def test_a_leader_that_dies_is_told_of_by_the_others(cluster):
    cluster.create("t")
    cluster.wait_in_sync("t")
    (leader,) = cluster.leaders("t").values()
    others = [node.id for node in cluster.nodes if node.id != leader]
    cluster.node(leader).kill()
    follower = eventually(lambda: cluster.leaders("t").get(0) in others and cluster.leaders("t")[0], 20, "another one leads")
    (asked,) = set(others) - {follower}

    def election():
        decisions, silent = why(cluster, "t/0", node=asked)
        found = [one for one in decisions if one["kind"] == "election" and one["evidence"]["leader_before"] == str(leader)]
        return (found, decisions, silent) if found else None

    found, decisions, silent = eventually(election, 20, "the election is told")
    (election,) = found
    assert election["by"] == "controller" and election["about"] == "t/0" and election["node"] in others
    assert election["evidence"]["leader"] == str(follower) and election["evidence"]["election"] == "inSync"
    assert election["reason"] == "brokerFenced" and election["evidence"]["cause_broker"] == str(leader)
    assert election["evidence"]["cause_reason"] in ("refusesConnections", "sessionEnded")
    assert int(election["evidence"]["silent_ms"]) >= 300
    assert int(election["evidence"]["unavailable_ms"]) == int(election["evidence"]["silent_ms"])
    assert f"broker {leader} was fenced" in election["decision"]
    # By the clocks of the nodes, the new leader too.
    assert [one["time_ms"] for one in decisions] == sorted(one["time_ms"] for one in decisions)
    assert any(one["node"] == follower and one["by"] == "replica" and one["kind"] == "leads" for one in decisions)
    # Who is down says nothing, and is named.
    assert f"node {leader} told nothing" in silent

    fencing, _ = why(cluster, str(leader), node=asked)
    assert any(one["kind"] == "fenced" and one["reason"] == election["evidence"]["cause_reason"] for one in fencing)
    table = subprocess.run(
        [binary(), "why", "t/0", "--bootstrap", f"127.0.0.1:{cluster.node(asked).port}"], capture_output=True, text=True, check=True
    ).stdout
    assert table.startswith("TIME") and f"instead of {leader}" in table


def test_a_node_that_stands_still_does_not_hold_up_the_others(cluster):
    cluster.create("t")
    paused, asked = cluster.node(1), 2
    paused.signal(signal.SIGSTOP)
    began = time.monotonic()
    _, silent = why(cluster, "t/0", node=asked)
    took = time.monotonic() - began
    paused.signal(signal.SIGCONT)
    assert "node 1 told nothing" in silent and took < 25, (took, silent)


def test_a_member_that_a_group_loses_is_told_of(cluster):
    cluster.create("t")
    consumer = Consumer({"bootstrap.servers": cluster.bootstrap, "group.id": "g", "auto.offset.reset": "earliest", "log_level": 0})
    consumer.subscribe(["t"])

    def joined():
        consumer.poll(0.1)
        return bool(consumer.assignment())

    eventually(joined, 40, "it has its partition")
    consumer.close()
    kinds = eventually(
        lambda: (lambda found: "memberRemoved" in found and found)([one["kind"] for one in why(cluster, "group:g")[0]]), 20, "it left"
    )
    assert "memberJoined" in kinds and "rebalanced" in kinds
    # A topic or a group of that name.
    assert [one["kind"] for one in why(cluster, "g")[0]][: len(kinds)] == kinds


def test_the_quorum_and_what_nobody_knows(cluster):
    decisions, _ = why(cluster, "quorum")
    assert any(one["kind"] == "leader" and one["reason"] == "votesGranted" for one in decisions)
    decisions, silent = why(cluster, "group:nobody")
    assert decisions == []
    assert "no decision about group 'nobody' is remembered; node 1 since " in silent and "node 3 since " in silent
    mistyped = subprocess.run(
        [binary(), "why", "nowhere/0", "--bootstrap", cluster.bootstrap], capture_output=True, text=True, check=False
    )
    assert mistyped.returncode == 1 and "topic 'nowhere' does not exist" in mistyped.stderr
