"""Disks whose bytes change under a running cluster: what is damaged is mended from the other replicas."""

import glob
import json
import os
import random
import subprocess

import pytest

from broker import binary, eventually
from cluster import Cluster
from load import Load
from test_cluster import settle

PARTITIONS = 3
ROUNDS = 4


@pytest.fixture
def cluster(tmp_path):
    settings = {
        "log.segment.bytes": 1 << 20,
        "log.segment.delete.delay.ms": 100,
        "ottla.scrub.interval.ms": 500,
    }
    with Cluster(3, settings, directory=str(tmp_path)) as cluster:
        cluster.create("t", partitions=PARTITIONS)
        cluster.wait_in_sync("t")
        yield cluster


def ended_segments(node, number):
    """Those that nothing is appended to."""
    return sorted(glob.glob(os.path.join(node.data, f"t-{number}", "*.log")))[:-1]


def content(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        # What was mended is on its way to this name.
        return None


def spoil(path, chance):
    """Changes some bytes, wherever they are."""
    size = os.path.getsize(path)
    with open(path, "r+b") as file:
        for _ in range(chance.randint(1, 5)):
            place = chance.randrange(size)
            file.seek(place)
            byte = file.read(1)[0]
            file.seek(place)
            file.write(bytes([byte ^ chance.randint(1, 255)]))


def test_what_rots_is_mended_under_load(cluster):
    chance = random.Random(7)
    mended = 0
    with Load(cluster.bootstrap, "t", PARTITIONS, padding=8000) as load:
        eventually(
            lambda: all(len(ended_segments(node, number)) > 2 for node in cluster.nodes for number in range(PARTITIONS)),
            60,
            "there are segments",
        )
        for _ in range(ROUNDS):
            # Each partition on one node at a time: the leader's, or a follower's.
            chosen = {}
            for number in range(PARTITIONS):
                path = chance.choice(ended_segments(chance.choice(cluster.nodes), number))
                chosen[path] = content(path)
                spoil(path, chance)
            for path, whole in chosen.items():
                eventually(lambda path=path, whole=whole: content(path) == whole, 30, f"{path} is mended")
                mended += 1
        settle(cluster, "t", load, PARTITIONS)
    assert mended == ROUNDS * PARTITIONS
    logs = cluster.logs()
    assert logs.count("its log is damaged at offsets") >= mended
    assert logs.count("of its log were repaired with what broker") >= mended


def test_what_happened_is_told(cluster):
    with Load(cluster.bootstrap, "t", PARTITIONS, padding=8000) as load:
        eventually(lambda: all(ended_segments(node, 0) for node in cluster.nodes), 60, "there are segments")
        path = ended_segments(cluster.node(2), 0)[0]
        whole = content(path)
        spoil(path, random.Random(8))
        eventually(lambda: content(path) == whole, 30, "it is mended")
        load.stop()
    command = [binary(), "why", "t/0", "--output", "json", "--bootstrap", cluster.bootstrap]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    kinds = [json.loads(line)["kind"] for line in told.splitlines()]
    kinds = [kind for kind in kinds if kind in ("damaged", "repaired")]
    assert kinds[0] == "damaged" and kinds[-1] == "repaired"
