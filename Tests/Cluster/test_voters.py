"""Voters of the metadata quorum come and go under load, as processes: nothing acknowledged is lost, and the controller is there again at once."""

import json
import os
import shutil
import subprocess
import time

import pytest

from broker import binary, eventually
from cluster import Cluster, free_ports
from load import Load
from test_cluster import settle

# So long it takes to miss a controller. Whoever hands over does not have to be missed.
FETCH_TIMEOUT = 15


def ottla(*args, code=0):
    done = subprocess.run([binary(), *args], capture_output=True, text=True, check=False)
    assert done.returncode == code, f"{args}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout if code == 0 else done.stderr


class DynamicCluster(Cluster):
    """Three nodes, broker and controller each, whose voters the metadata log names; and a controller alone that may join them."""

    def __init__(self, settings=None):
        self.addresses, self.directories, self.cluster_id = {}, {}, None
        super().__init__(settings={"controller.quorum.fetch.timeout.ms": FETCH_TIMEOUT * 1000, **(settings or {})})
        port = free_ports(1)[0]
        self.addresses[4] = f"127.0.0.1:{port}"
        own = {
            "node.id": 4,
            "process.roles": "controller",
            "listeners": f"CONTROLLER://127.0.0.1:{port}",
            "controller.listener.names": "CONTROLLER",
            "controller.quorum.bootstrap.servers": ",".join(self.addresses[number] for number in (1, 2, 3)),
        }
        self.fourth = super().make_node(4, os.path.join(self.directory, "node-4"), {**own, **(settings or {})})
        self.format_joining(self.fourth)

    def make_node(self, number, directory, settings):
        for voter in settings.pop("controller.quorum.voters").split(","):
            identity, address = voter.split("@")
            self.addresses[int(identity)] = address
            if int(identity) not in self.directories:
                self.directories[int(identity)] = ottla("storage", "random-id").strip()
        settings["controller.quorum.bootstrap.servers"] = ",".join(self.addresses.values())
        return super().make_node(number, directory, settings)

    def format(self, node, cluster_id):
        self.cluster_id = cluster_id
        initial = ",".join(f"{number}@{self.addresses[number]}:{self.directories[number]}" for number in sorted(self.directories))
        ottla("storage", "format", "--config", node.config, "--cluster-id", cluster_id, "--initial-controllers", initial)

    def format_joining(self, node):
        ottla("storage", "format", "--config", node.config, "--cluster-id", self.cluster_id, "--no-initial-controllers")

    def replace_disk(self, node):
        shutil.rmtree(node.data)
        self.format_joining(node)

    def quorum(self):
        """The rows of `ottla quorum describe`."""
        told = ottla("quorum", "describe", "--bootstrap", self.bootstrap, "--output", "json")
        return [json.loads(line) for line in told.splitlines()]

    def voters(self):
        return {row["node"]: row["directory"] for row in self.quorum() if row["role"] != "observer"}

    def wait_voters(self, *numbers):
        eventually(lambda: sorted(self.voters()) == sorted(numbers), 30, f"{numbers} vote")

    def add(self, number):
        eventually(lambda: any(row["node"] == number and row["role"] == "observer" for row in self.quorum()), 30, f"{number} follows")
        told = ottla("quorum", "add", f"{number}@{self.addresses[number]}", "--bootstrap", self.bootstrap)
        assert f"node {number} is a voter" in told

    def remove(self, number, **expected):
        return ottla("quorum", "remove", str(number), "--bootstrap", self.bootstrap, **expected)

    def __exit__(self, *args):
        if self.fourth.is_running:
            self.fourth.kill()
        super().__exit__(*args)


@pytest.fixture
def cluster():
    with DynamicCluster() as three:
        yield three


def test_voters_are_added_removed_and_replaced_under_load(cluster):
    cluster.create("t", partitions=3)
    cluster.wait_in_sync("t")
    with Load(cluster.bootstrap, "t", 3) as load:
        eventually(lambda: load.acked > 100, 30, "the load runs")
        # A controller more.
        cluster.fourth.start()
        cluster.add(4)
        cluster.wait_voters(1, 2, 3, 4)
        assert "is a voter already" in ottla("quorum", "add", f"4@{cluster.addresses[4]}", "--bootstrap", cluster.bootstrap, code=1)
        # The active one is taken out, and goes on as a broker.
        active = eventually(cluster.controller, 15, "there is a controller")
        began = time.monotonic()
        cluster.remove(active)
        eventually(lambda: cluster.controller() not in (None, active), FETCH_TIMEOUT, "another controller")
        assert time.monotonic() - began < FETCH_TIMEOUT / 2
        cluster.create("after-removal")
        left = sorted({1, 2, 3, 4} - {active})
        cluster.wait_voters(*left)
        assert "is no voter" in cluster.remove(active, code=1)
        # One that is gone for good, with its disk.
        controller = eventually(cluster.controller, 15, "there is a controller")
        lost = next(number for number in left if number not in (controller, 4))
        former = cluster.voters()[lost]
        cluster.node(lost).kill()
        cluster.remove(lost)
        cluster.replace_disk(cluster.node(lost))
        cluster.node(lost).start()
        cluster.add(lost)
        cluster.add(active)
        cluster.wait_voters(1, 2, 3, 4)
        assert cluster.voters()[lost] not in (None, former)
        cluster.wait_ready(count=3)
        before = load.acked
        eventually(lambda: load.acked > before + 50, 30, "the load goes on")
        settle(cluster, "t", load, 3)
    assert cluster.fourth.stop() == 0, cluster.fourth.logs()[-4000:]


def test_a_controller_joins_by_itself_and_again_with_an_empty_disk():
    with DynamicCluster({"controller.quorum.auto.join.enable": "true"}) as cluster:
        cluster.fourth.start()
        cluster.wait_voters(1, 2, 3, 4)
        former = cluster.voters()[4]
        cluster.fourth.kill()
        cluster.replace_disk(cluster.fourth)
        cluster.fourth.start()
        eventually(lambda: cluster.voters().get(4) not in (None, former), 30, "it votes with its new disk")
        cluster.wait_voters(1, 2, 3, 4)
        cluster.create("letters")
        assert cluster.fourth.stop() == 0, cluster.fourth.logs()[-4000:]
        assert cluster.stop() == [0, 0, 0], cluster.logs()


def recover(node, *args, **expected):
    return ottla("storage", "recover-quorum", "--config", node.config, *args, **expected)


def test_a_lost_majority_is_recovered_on_the_controller_that_is_left(cluster):
    """Two of three voters are lost with their disks. The third one goes on alone, with what it had, and takes fresh controllers."""
    cluster.create("t", partitions=3)
    cluster.wait_in_sync("t")
    assert "in use" in recover(cluster.node(1), code=78)
    for number in (2, 3):
        cluster.node(number).kill()
        shutil.rmtree(cluster.node(number).data)
    cluster.node(1).kill()
    told = recover(cluster.node(1))
    assert "Nothing was changed" in told and "never start the lost voters (2, 3)" in told, told
    assert recover(cluster.node(1)) == told
    told = recover(cluster.node(1), "--execute")
    assert "makes node 1 the only voter" in told and "Nothing was changed" not in told, told
    assert "the only voter already" in recover(cluster.node(1), "--execute", code=78)
    cluster.node(1).start()
    cluster.wait_ready(count=1)
    cluster.wait_voters(1)
    cluster.create("after", replicas=1)
    for number in (2, 3):
        cluster.format_joining(cluster.node(number))
        cluster.node(number).start()
        cluster.add(number)
    cluster.fourth.start()
    cluster.add(4)
    cluster.wait_voters(1, 2, 3, 4)
    assert cluster.voters()[2] != cluster.directories[2]
    cluster.create("with-all")
    cluster.wait_in_sync("with-all")
    assert len(cluster.partitions("t")) == 3, "what it had is there"


def test_a_removal_that_leaves_no_majority_is_refused_and_controllers_answer_for_themselves(cluster):
    controllers = f"{cluster.addresses[1]},{cluster.addresses[2]},{cluster.addresses[3]}"
    ask = ("--bootstrap-controller", controllers)
    assert "kraft.version" in ottla("cluster", "features", "describe", *ask)
    assert len(ottla("quorum", "describe", *ask, "--output", "json").splitlines()) == 3
    # Addresses of the other kind, and both kinds at once.
    refusal = ottla("quorum", "describe", "--bootstrap-controller", cluster.node(1).address, code=64)
    assert "is the address of a broker" in refusal, refusal
    refusal = ottla("quorum", "describe", "--bootstrap", cluster.addresses[1], code=64)
    assert "is the address of a controller" in refusal, refusal
    assert "exclude one another" in ottla("quorum", "describe", *ask, "--bootstrap", cluster.bootstrap, code=64)
    # One is gone: neither of the others may go, it may.
    active = eventually(cluster.controller, 15, "there is a controller")
    gone, other = (number for number in (1, 2, 3) if number != active)
    cluster.node(gone).kill()

    def silent_millis():
        return next(row["fetched"] for row in cluster.quorum() if row["node"] == gone)

    eventually(lambda: silent_millis() > FETCH_TIMEOUT * 1000, FETCH_TIMEOUT + 15, f"{gone} has not fetched for so long")
    refusal = ottla("quorum", "remove", str(other), *ask, code=1)
    assert "no majority that runs" in refusal, refusal
    ottla("quorum", "remove", str(gone), *ask)
    cluster.wait_voters(*sorted((active, other)))
    # Now one of two is enough.
    ottla("quorum", "remove", str(other), *ask)
    cluster.wait_voters(active)
