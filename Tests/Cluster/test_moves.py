"""Replicas that are moved between the log directories of their nodes while they are written to and read, and while nodes die."""

import json
import os
import random
import subprocess
import time

import pytest

from broker import binary, eventually
from cluster import Cluster
from load import Load
from test_cluster import settle

PARTITIONS = 3
RATE = "replica.alter.log.dirs.io.max.bytes.per.second"


@pytest.fixture
def cluster(tmp_path):
    directories = {number: [str(tmp_path / f"node-{number}" / name) for name in ("one", "two")] for number in (1, 2, 3)}
    own = {number: {"log.dirs": ",".join(paths)} for number, paths in directories.items()}
    settings = {"log.segment.bytes": 1 << 20, "log.initial.task.delay.ms": 500, "leader.imbalance.check.interval.seconds": 1}
    with Cluster(3, settings, directory=str(tmp_path), own=own) as cluster:
        cluster.create("t", partitions=PARTITIONS)
        cluster.wait_in_sync("t")
        yield cluster


def ottla(cluster, *arguments, check=True):
    command = [binary(), *arguments, "--bootstrap", cluster.bootstrap]
    found = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert not check or found.returncode == 0, f"{arguments}: {found.stderr}\n{cluster.logs()}"
    return found


def places(node, number):
    return [path for path in node.data.split(",") if os.path.isdir(os.path.join(path, f"t-{number}"))]


def other(node, number):
    """The directory where a replica is not."""
    here = places(node, number)
    return next(path for path in node.data.split(",") if path not in here)


def leftovers(cluster):
    names = [name for node in cluster.nodes for path in node.data.split(",") for name in os.listdir(path)]
    return [name for name in names if name.endswith(("-future", "-delete"))]


def test_replicas_are_moved_there_and_back_under_load(cluster):
    with Load(cluster.bootstrap, "t", PARTITIONS, padding=2000) as load:
        eventually(lambda: load.acked > 300, 30, "the load runs")
        first = {(node.id, number): places(node, number) for node in cluster.nodes for number in range(PARTITIONS)}
        for _ in range(2):
            for node in cluster.nodes:
                chosen = {number: other(node, number) for number in range(PARTITIONS)}
                for target in sorted(set(chosen.values())):
                    numbers = [number for number in chosen if chosen[number] == target]
                    options = [option for number in numbers for option in ("--partition", str(number))]
                    moved = ottla(cluster, "broker", "move", str(node.id), "--topic", "t", *options, "--to", target, "--output", "json")
                    rows = [json.loads(line) for line in moved.stdout.splitlines()]
                    assert [(row["partition"], row["result"]) for row in rows] == [(number, "moved") for number in numbers]
                    for number in numbers:
                        assert places(node, number) == [target]
        assert first == {(node.id, number): places(node, number) for node in cluster.nodes for number in range(PARTITIONS)}
        eventually(lambda: not leftovers(cluster), 20, "what was left is removed")
        told = ottla(cluster, "why", "t/0").stdout
        assert "it was moved from log directory" in told
        settle(cluster, "t", load, 3)


def test_nodes_that_are_killed_while_replicas_are_moved_lose_nothing(cluster):
    chance = random.Random(7)
    with Load(cluster.bootstrap, "t", PARTITIONS, padding=2000) as load:
        eventually(lambda: load.acked > 300, 30, "the load runs")
        # So slow that a move is under way for some seconds.
        ottla(cluster, "config", "set", "broker", f"{RATE}=1000000")
        for count in range(6):
            node = cluster.node(count % 3 + 1)
            watches = [
                subprocess.Popen(
                    [binary(), "broker", "move", str(node.id), "--topic", "t", "--partition", str(number), "--to", other(node, number),
                     "--bootstrap", cluster.bootstrap, "--timeout", "5"],
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                )
                for number in range(PARTITIONS)
            ]
            time.sleep(chance.uniform(0.2, 2.5))
            node.kill()
            for watch in watches:
                watch.wait(60)
            if count == 3:
                ottla(cluster, "config", "set", "broker", f"{RATE}=100000000")
            node.start()
            cluster.wait_ready(count=3)
            cluster.wait_in_sync("t")
        ottla(cluster, "config", "unset", "broker", RATE)
        # Moves that were interrupted go on, and come to their end.
        eventually(lambda: not leftovers(cluster), 60, f"no move is left: {leftovers(cluster)}")
        assert all(len(places(node, number)) == 1 for node in cluster.nodes for number in range(PARTITIONS))
        settle(cluster, "t", load, 3)


def test_a_move_that_cannot_be_is_refused_in_one_sentence(cluster):
    refused = ottla(cluster, "broker", "move", "1", "--topic", "t", "--to", "/nowhere", check=False)
    assert refused.returncode == 64 and "broker 1 has no log directory '/nowhere'; it has" in refused.stderr
    refused = ottla(cluster, "broker", "move", "1", "--topic", "t", "--partition", "9", "--to", "/nowhere", check=False)
    assert refused.returncode == 64 and "topic 't' has no partition 9; it has 3, from 0 on" in refused.stderr
