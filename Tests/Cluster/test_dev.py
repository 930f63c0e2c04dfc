"""`ottla dev`: a local cluster of several nodes."""

import subprocess

import pytest
from broker import binary, eventually, spawn


@pytest.fixture
def dev(tmp_path):
    """Runs `ottla dev` in a directory of its own, and leaves no node behind."""

    def run(*args, timeout=60):
        return subprocess.run([binary(), "dev", *args], cwd=tmp_path, capture_output=True, text=True, timeout=timeout, check=False)

    run.directory = tmp_path
    yield run
    run("down")


def ottla(bootstrap, *args, code=0, **options):
    done = subprocess.run([binary(), *args, "--bootstrap", bootstrap], capture_output=True, text=True, timeout=60, check=False, **options)
    assert done.returncode == code, done.stderr
    return done.stdout.splitlines()


def test_a_cluster_from_up_to_down(dev):
    up = dev("up", "--detach", "--port", "0")
    assert up.returncode == 0, up.stderr
    assert sorted(up.stdout.splitlines()[:-1]) == [f"node {number} is up" for number in (1, 2, 3)]
    bootstrap = up.stdout.splitlines()[-1].split("bootstrap.servers=")[1]
    assert len(bootstrap.split(",")) == 3
    ottla(bootstrap, "topic", "create", "t", "--partitions", "3")
    ottla(bootstrap, "produce", "t", input="one\ntwo\n")
    assert sorted(ottla(bootstrap, "consume", "t")) == ["one", "two"]
    brokers = [line.split() for line in ottla(bootstrap, "broker", "list")[1:]]
    assert [(row[0], row[3], row[4], row[5]) for row in brokers] == [(str(number), "active", "1", "3") for number in (1, 2, 3)]
    again = dev("up", "--detach")
    assert again.returncode == 1 and "node 1 runs already" in again.stderr
    assert dev("down").stdout == "stopped\n"
    # The same cluster comes back, with what it had.
    assert dev("up", "--detach").returncode == 0
    assert sorted(ottla(bootstrap, "consume", "t")) == ["one", "two"]
    assert dev("up", "--nodes", "2").returncode == 78
    assert dev("down", "--delete").stdout == "stopped and deleted\n"
    assert not (dev.directory / "ottla-dev").exists()
    assert dev("down").returncode == 1


def test_what_is_refused_leaves_nothing_behind(dev):
    refused = dev("up", "--set", "num.partitons=3")
    assert refused.returncode == 78 and "num.partitions" in refused.stderr
    assert not (dev.directory / "ottla-dev").exists()
    assert dev("up", "--detach", "--kill-random", "5").returncode == 64


def test_a_killed_node_comes_back_and_a_signal_stops_all(dev):
    process = spawn([binary(), "dev", "up", "--port", "0", "--kill-random", "1"], cwd=dev.directory, stdout=subprocess.PIPE, text=True)
    seen = []

    def has(text):
        seen.append(process.stdout.readline())
        return any(text in line for line in seen)

    for text in ("was killed (SIGKILL)", "starts again"):
        eventually(lambda: has(text), 60, text)
    process.terminate()
    assert process.wait(60) == 0
    assert dev("down").stdout == "stopped\n"


def test_it_ends_when_nobody_reads(dev):
    process = spawn([binary(), "dev", "up", "--nodes", "1", "--port", "0"], cwd=dev.directory, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "node 1 is up\n"
    process.stdout.close()
    assert process.wait(30) == 0
