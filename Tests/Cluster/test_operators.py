"""What operators get wrong (O1 to O17 of the fault model): a node refuses to start with one sentence that says what to change, or joins safely; what the
others have is never damaged. What certificates can be wrong in (O14) comes with TLS; restarts of all nodes at once (O9), forced elections and full disks
(O11, O16) have tests of their own."""

import glob
import os
import re
import shutil
import subprocess

import pytest

from broker import binary, eventually, spawn
from cluster import Cluster, free_ports
from confluent_kafka import Producer
from replicas import differences

INVALID = 78


@pytest.fixture(autouse=True)
def processes():
    """Nodes live on from one test to the next, in the place of the fixture that ends what a test has started."""


@pytest.fixture(scope="module")
def cluster():
    settings = {"log.segment.bytes": 1 << 20, "log.segment.delete.delay.ms": 100, "replica.lag.time.max.ms": 3000}
    with Cluster(3, settings) as cluster:
        cluster.create("t", partitions=3)
        cluster.wait_in_sync("t")
        load(cluster, 3000)
        yield cluster
        # Whatever was tried: all is well, and all have the same.
        start_third(cluster)
        load(cluster, 300)
        assert cluster.stop() == [0, 0, 0]
        assert differences(cluster.nodes, "t", 3) == []


def start_third(cluster):
    node = cluster.node(3)
    if not node.is_running:
        node.start()
    cluster.wait_ready()
    cluster.wait_in_sync("t", 40)


def load(cluster, count):
    failures = []
    producer = Producer({"bootstrap.servers": cluster.bootstrap, "acks": "all", "enable.idempotence": True, "log_level": 0})
    for number in range(count):
        producer.produce("t", b"x" * 2000, partition=number % 3, on_delivery=lambda error, _: failures.append(error) if error else None)
        producer.poll(0)
    assert producer.flush(60) == 0 and failures == []


class Attempt:
    """A start of the third node with something changed: in its configuration, or in files that are put back afterwards."""

    def __init__(self, cluster):
        self.node = cluster.node(3)
        if self.node.is_running:
            assert self.node.stop() == 0
        self.configuration = open(self.node.config).read()
        self.meta = open(os.path.join(self.node.data, "meta.properties")).read()

    def configure(self, pattern, text):
        changed, count = re.subn(pattern, text, open(self.node.config).read(), flags=re.M)
        assert count == 1, pattern
        open(self.node.config, "w").write(changed)

    def start(self, timeout=30):
        """The exit code, and the last line."""
        command = [binary(), "serve", "--config", self.node.config]
        try:
            made = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout, check=False)
        except subprocess.TimeoutExpired as error:
            raise AssertionError(f"it runs still:\n{(error.stdout or b'').decode()}") from None
        print(made.stdout)
        return made.returncode, made.stdout.strip().splitlines()[-1]

    def restore(self):
        open(self.node.config, "w").write(self.configuration)
        open(os.path.join(self.node.data, "meta.properties"), "w").write(self.meta)


@pytest.fixture
def attempt(cluster):
    attempt = Attempt(cluster)
    yield attempt
    attempt.restore()


def test_o1_directories_of_another_cluster(attempt):
    path = os.path.join(attempt.node.data, "meta.properties")
    open(path, "w").write(re.sub(r"^cluster\.id=.*$", "cluster.id=AAAAAAAAAAAAAAAAAAAAAA", attempt.meta, flags=re.M))
    # It may know who leads from before, and be refused by that one.
    code, line = attempt.start()
    assert code == INVALID and "AAAAAAAAAAAAAAAAAAAAAA" in line and "another" in line


def test_o1_a_new_directory_of_another_cluster(attempt, tmp_path):
    attempt.configure(r"^log\.dirs=.*$", f"log.dirs={tmp_path}/data")
    command = [binary(), "storage", "format", "--config", attempt.node.config, "--cluster-id", "BBBBBBBBBBBBBBBBBBBBBB"]
    subprocess.run(command, check=True, capture_output=True)
    code, line = attempt.start()
    assert code == INVALID
    assert "controllers 1, 2 belong to another cluster" in line and "cluster.id is BBBBBBBBBBBBBBBBBBBBBB" in line


def test_o2_an_id_that_another_broker_has(cluster, attempt, tmp_path):
    servers = ",".join(re.findall(r"\d@([^,\n]+)", re.search(r"^controller\.quorum\.voters=(.*)$", attempt.configuration, re.M)[1]))
    # An observer with the id of the quorum's leader would wait for that leader for ever, since it is called by its own name.
    taken = 3 - cluster.controller()
    attempt.configure(r"^node\.id=.*$", f"node.id={taken}")
    attempt.configure(r"^process\.roles=.*$", "process.roles=broker")
    attempt.configure(r"^listeners=.*$", f"listeners=PLAINTEXT://127.0.0.1:{free_ports(1)[0]}")
    attempt.configure(r"^controller\.quorum\.voters=.*$", f"controller.quorum.bootstrap.servers={servers}\ninitial.broker.registration.timeout.ms=6000")
    attempt.configure(r"^log\.dirs=.*$", f"log.dirs={tmp_path}/data")
    cluster_id = re.search(r"^cluster\.id=(.*)$", attempt.meta, re.M)[1]
    subprocess.run([binary(), "storage", "format", "--config", attempt.node.config, "--cluster-id", cluster_id], check=True, capture_output=True)
    code, line = attempt.start()
    assert code == INVALID
    assert f"another process is broker {taken}" in line


def test_o3_directories_of_other_nodes(cluster, attempt, tmp_path):
    attempt.configure(r"^log\.dirs=.*$", f"log.dirs={cluster.node(2).data}")
    code, line = attempt.start()
    assert code == INVALID and "is in use by another process" in line
    attempt.restore()
    path = os.path.join(attempt.node.data, "meta.properties")
    open(path, "w").write(attempt.meta.replace("node.id=3", "node.id=2"))
    code, line = attempt.start()
    assert code == INVALID and "belongs to node 2, but node.id is 3" in line
    attempt.restore()
    attempt.configure(r"^log\.dirs=(.*)$", r"log.dirs=\1,\1/")
    code, line = attempt.start()
    assert code == INVALID and f"log.dirs names the directory {attempt.node.data}/ twice" in line
    attempt.restore()
    shutil.copy(os.path.join(cluster.node(2).data, "meta.properties"), tmp_path)
    attempt.configure(r"^log\.dirs=(.*)$", rf"log.dirs=\1,{tmp_path}")
    code, line = attempt.start()
    assert code == INVALID and f"{tmp_path} belongs to node 2" in line


def test_o4_a_copy_of_a_directory(attempt, tmp_path):
    shutil.copytree(attempt.node.data, tmp_path / "copy")
    attempt.configure(r"^log\.dirs=(.*)$", rf"log.dirs=\1,{tmp_path}/copy")
    code, line = attempt.start()
    assert code == INVALID and "the same directory.id; one is a copy of the other" in line


@pytest.mark.parametrize("key, value, word", [
    ("log.retention.hours", "seven", "must be a whole number"),
    ("replica.lag.time.max.ms", "10s", "must be a whole number"),
    ("log.segment.byte", "1000000", "did you mean 'log.segment.bytes'?"),
    ("min.insync.replicas", "0", "must be at least 1"),
    ("process.roles", "broker,kontroller", "must be one of broker, controller"),
    ("num.replica.fetchers", "-1", "must be at least 1"),
    ("inter.broker.listener.name", "NOPE", "which is not in listeners"),
])
def test_o5_keys_and_values_that_are_none(attempt, key, value, word):
    kept = [line for line in attempt.configuration.splitlines() if not line.startswith(f"{key}=")]
    open(attempt.node.config, "w").write("\n".join([*kept, f"{key}={value}", ""]))
    code, line = attempt.start()
    assert code == INVALID and key in line and word in line


@pytest.mark.parametrize("pattern, text, word", [
    (r"^(controller\.quorum\.voters=.*),3@[^,\n]*$", r"\1", "does not name node 3"),
    (r"2@(127\.0\.0\.1:\d+)", r"4@\1", r"the voters are [1, 2, 3], and controller.quorum.voters says [1, 3, 4]"),
    (r"2@(127\.0\.0\.1:\d+)", r"1@\1", "names node 1 twice"),
])
def test_o8_voters_that_others_do_not_know(attempt, pattern, text, word):
    attempt.configure(pattern, text)
    code, line = attempt.start()
    assert code == INVALID and word in line


def remove(name):
    def act(directory):
        found = glob.glob(os.path.join(directory, name))
        assert found, name
        for path in found:
            shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)
    return act


def remove_one(name, place):
    def act(directory):
        os.remove(sorted(glob.glob(os.path.join(directory, name)))[place])
    return act


GONE = {
    "the topic's directory": remove("t-0"),
    "a segment in the middle": remove_one("t-0/*.log", 1),
    "the last segment": remove_one("t-1/*.log", -1),
    "all indexes": remove("t-*/*index"),
    "all checkpoints": remove("*checkpoint"),
    "partition.metadata": remove("t-2/partition.metadata"),
    "leader-epoch-checkpoint": remove("t-*/leader-epoch-checkpoint"),
    "snapshots of producers": remove("t-*/*.snapshot"),
    "the clean mark": remove(".kafka_cleanshutdown"),
}


@pytest.mark.parametrize("what", GONE)
@pytest.mark.parametrize("way", ["stopped", "killed"])
def test_o6_what_was_deleted_comes_back_from_the_others(cluster, what, way):
    node = cluster.node(3)
    start_third(cluster)
    if way == "stopped":
        assert node.stop() == 0
    elif what == "the clean mark":
        pytest.skip("who is killed leaves no clean mark")
    else:
        node.kill()
    GONE[what](node.data)
    load(cluster, 300)
    start_third(cluster)
    load(cluster, 30)
    for damaged in glob.glob(os.path.join(node.data, "*-stray")):
        assert "segment" in what, damaged
        shutil.rmtree(damaged)


def test_o7_files_of_another_user(cluster, attempt):
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    shown = attempt.node.data
    for path in [shown, *glob.glob(f"{shown}/**", recursive=True), *glob.glob(f"{shown}/.*")]:
        os.chown(path, 65534, 65534)
    for directory in (cluster.directory, attempt.node.directory):
        os.chmod(directory, 0o755)
    meta = os.path.join(shown, "meta.properties")
    os.chown(meta, 0, 0)
    os.chmod(meta, 0o600)
    try:
        command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", binary(), "serve", "--config", attempt.node.config]
        made = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        line = (made.stdout + made.stderr).strip().splitlines()[-1]
        assert made.returncode != 0 and "meta.properties" in line and "ermission" in line, line
    finally:
        for path in [shown, *glob.glob(f"{shown}/**", recursive=True), *glob.glob(f"{shown}/.*")]:
            os.chown(path, 0, 0)
        os.chmod(meta, 0o644)


def test_o10_a_level_that_would_lose_something(cluster):
    command = [binary(), "cluster", "features", "downgrade", "--feature", "metadata.version=7", "--bootstrap", cluster.node(1).address]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    assert made.returncode == 1 and "nothing was changed: metadata.version cannot become 7" in made.stderr, made


def test_o12_a_minimum_that_no_partition_reaches(cluster):
    command = [binary(), "topic", "create", "minimum", "--replication-factor", "3", "--config", "min.insync.replicas=4", "--bootstrap", cluster.node(1).address]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made
    assert "min.insync.replicas of topic 'minimum' is 4, and its partitions have 3 replicas" in made.stderr


def test_o13_the_address_of_another_broker(cluster, attempt):
    attempt.configure(r"^(listeners=.*)$", rf"\1\nadvertised.listeners=PLAINTEXT://{cluster.node(2).address}")
    line = f"broker 2 advertises {cluster.node(2).address}, as this broker does"
    with open(attempt.node.log_path, "w") as log:
        process = spawn([binary(), "serve", "--config", attempt.node.config], stdout=log, stderr=log)
    try:
        eventually(lambda: line in attempt.node.logs(), 30, line)
        # The other one says so, too.
        eventually(lambda: f"broker 3 advertises {cluster.node(2).address}" in cluster.node(2).logs(), 30, "node 2 warns")
    finally:
        process.terminate()
        assert process.wait(30) == 0


def test_o15_two_clusters_on_one_disk(attempt):
    """The directory of one cluster, formatted for another."""
    command = [binary(), "storage", "format", "--config", attempt.node.config, "--cluster-id", "BBBBBBBBBBBBBBBBBBBBBB"]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    assert made.returncode != 0 and "formatted" in made.stderr, made
    assert open(os.path.join(attempt.node.data, "meta.properties")).read() == attempt.meta
