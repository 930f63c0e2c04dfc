"""Three nodes, one of them with a small disk that fills up and has room again."""

import os
import subprocess
import time

import pytest

from broker import binary, eventually
from cluster import Cluster
from load import Load
from namespaces import SmallDisk, refusal
from test_cluster import settle

SIZE = 24 << 20
# In milliseconds. Nobody has to wait until a follower that cannot write lags too much. A request that waited for it may have been given up before and go
# again when its time is up. A node that ends is fenced as soon as it is missed. The slack is for two cores that have more to do.
LAG, REQUEST, SLACK = 60_000, 2000, 4000
BOUND = (REQUEST + SLACK) / 1000
# Room is looked for each second, a fetch that found none is repeated within another one, and preferred leaders are looked for each second, too.
BACK = (3000 + REQUEST + SLACK) / 1000
FULL = "No space left on device"


@pytest.fixture
def disk(tmp_path):
    if reason := refusal(lambda: SmallDisk(tmp_path / "tried", SIZE).close()):
        pytest.skip(reason)
    small = SmallDisk(tmp_path / "disk", SIZE)
    yield small
    small.close()


def cluster_with(disk):
    return Cluster(3, {"replica.lag.time.max.ms": LAG, "leader.imbalance.check.interval.seconds": 1}, own={3: {"log.dirs": f"{disk.path}/data"}})


def load_on(cluster):
    cluster.create("t", partitions=3)
    cluster.wait_in_sync("t")
    assert sorted(cluster.leaders("t").values()) == [1, 2, 3]
    return Load(cluster.bootstrap, "t", 3, padding=1000, **{"request.timeout.ms": REQUEST})


def fill(disk):
    """Leaves no room, but for what files have in the last of their blocks."""
    path = os.path.join(disk.path, "filler")
    with open(path, "wb", buffering=0) as file:
        for size in (1 << 20, 4096):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError as error:
                assert FULL in str(error)
    return path


def grow_metadata(cluster, number):
    """Some thousand bytes more in the metadata log, if there is a controller."""
    command = [binary(), "topic", "create", f"more-{number}", "--partitions", "30", "--bootstrap", cluster.bootstrap, "--timeout", "5"]
    subprocess.run(command, capture_output=True, check=False)


def is_out(cluster, node, partitions):
    found = cluster.partitions("t")
    return found and all(node.id not in found[number].isrs for number in partitions)


def test_others_lead_what_a_full_disk_has_no_room_for_until_there_is(disk):
    cluster = cluster_with(disk)
    # The metadata log has room: without it, a node ends, as below.
    disk.put_apart("data/__cluster_metadata-0")
    with cluster, load_on(cluster) as load:
        eventually(lambda: load.acked > 100, 20, "the load runs")
        full = cluster.node(3)
        filler, filled = fill(disk), time.monotonic()
        eventually(lambda: is_out(cluster, full, {0, 1, 2}), BOUND, f"node {full.id} is out of the ISRs\n{cluster.logs()}")
        began = len(load.events)
        eventually(lambda: load.progress(began) == {0, 1, 2}, BOUND, f"all writes go on\n{cluster.logs()}")
        assert full.id not in cluster.leaders("t").values()
        assert full.is_running, full.logs()
        # One sentence in ten seconds, however many records are refused.
        assert 1 <= full.logs().count(FULL) <= 1 + (time.monotonic() - filled) // 10, full.logs()
        os.unlink(filler)
        eventually(lambda: full.id in cluster.leaders("t").values(), BACK, f"node {full.id} leads again\n{cluster.logs()}")
        began = len(load.events)
        eventually(lambda: load.progress(began) == {0, 1, 2}, BOUND, f"all writes go on\n{cluster.logs()}")
        settle(cluster, "t", load, 3)


def test_a_node_whose_metadata_log_finds_no_room_ends_and_others_take_over(disk):
    with cluster_with(disk) as cluster, load_on(cluster) as load:
        eventually(lambda: load.acked > 100, 20, "the load runs")
        full = cluster.node(3)
        filler = fill(disk)
        for number in range(20):
            if not full.is_running:
                break
            grow_metadata(cluster, number)
        began = len(load.events)
        assert full.wait_stopped() == 1
        assert "the metadata log failed" in full.logs() and FULL in full.logs()
        eventually(lambda: load.progress(began) == {0, 1, 2}, BOUND, f"all writes go on\n{cluster.logs()}")
        os.unlink(filler)
        full.start()
        cluster.wait_ready(count=3)
        settle(cluster, "t", load, 3)
