"""Directories before a node runs on them, those of earlier versions, and the levels of features."""

import json
import os
import pathlib
import re
import subprocess
import tarfile

import pytest

from broker import Broker, binary

DIRECTORIES = pathlib.Path(__file__).resolve().parent / "directories"


def ottla(*arguments, address=None, code=0):
    command = [binary(), *map(str, arguments)] + (["--bootstrap", address] if address else [])
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert result.returncode == code, (command, result)
    if code:
        assert result.stderr.count("\n") == 1 or code == 64, result.stderr
    return result.stdout if code == 0 else result.stderr


def features(address):
    rows = ottla("cluster", "features", "describe", address=address).splitlines()[1:]
    return {name: tuple(map(int, levels)) for name, *levels in (row.split() for row in rows)}


def test_format_info_and_serve(tmp_path):
    data = tmp_path / "data"
    identifier = ottla("storage", "random-id").strip()
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]{21}", identifier)
    text = ottla("storage", "format", "--data", data, "--cluster-id", identifier, "--release-version", "4.1-IV1", "--standalone")
    assert identifier in text and "27 (4.1-IV1)" in text
    info = ottla("storage", "info", "--data", data)
    assert f"cluster {identifier}" in info and "metadata.version 27 (4.1-IV1)" in info and "kraft.version 1" in info
    assert "voter 1 CONTROLLER://127.0.0.1:9093" in info
    with Broker(data=data) as broker:
        assert f"cluster={identifier}" in broker.ready_line
        assert features(broker.address) == {
            "eligible.leader.replicas.version": (0, 1, 1), "kraft.version": (0, 1, 1), "metadata.version": (7, 30, 27),
            "transaction.version": (0, 2, 2),
        }
        assert "leader epoch 1" in ottla("storage", "info", "--data", data), "beside a running node"
        assert "in use" in ottla("storage", "format", "--data", data, "--ignore-formatted", code=78)
    refusal = ottla("storage", "format", "--data", data, code=78)
    assert "formatted already" in refusal and identifier in refusal
    other = tmp_path / "other"
    text = ottla("storage", "format", "--data", f"{data},{other}", "--ignore-formatted")
    assert "left as it is" in text and f"{other}: formatted for node 1 of cluster {identifier}" in text


@pytest.mark.skipif(os.geteuid() != 0, reason="only root writes into somebody else's directory")
def test_what_root_formats_belongs_to_the_owner_of_the_directory(tmp_path):
    """systemd gives a service's directory to its user when the service is first started, and looks at its owner alone later."""
    data, link, secret = tmp_path / "data", tmp_path / "link", tmp_path / "secret"
    data.mkdir()
    os.chown(data, 65534, 65534)
    link.symlink_to(data)
    secret.write_text("root's")
    os.link(secret, data / "second-name")
    (data / "pointer").symlink_to(secret)
    ottla("storage", "format", "--data", link)
    written = [path for path in data.rglob("*") if path.name not in ("second-name", "pointer")]
    assert len(written) >= 3
    assert {(path.stat().st_uid, path.stat().st_gid) for path in written} == {(65534, 65534)}
    assert secret.stat().st_uid == 0 and (data / "pointer").lstat().st_uid == 0


def test_format_reads_kafkas_configuration(tmp_path):
    data = tmp_path / "data"
    file = tmp_path / "server.properties"
    file.write_text(
        "process.roles=broker,controller\nnode.id=4\nlisteners=PLAINTEXT://127.0.0.1:0,CONTROLLER://127.0.0.1:19093\n"
        f"controller.listener.names=CONTROLLER\nlog.dirs={data}\ncontroller.quorum.voters=4@127.0.0.1:19093\n")
    assert "node 4" in ottla("storage", "format", "--config", file)
    assert "kraft.version 0" in ottla("storage", "info", "--config", file)
    data2 = tmp_path / "two"
    assert "controller.quorum.voters" in ottla("storage", "format", "--config", file, "--data", data2, "--standalone", code=78)
    assert not data2.exists() or "meta.properties" not in os.listdir(data2)


@pytest.mark.parametrize("arguments, code, word", [
    (["--feature", "metadata.version=33"], 78, "unstable.feature.versions.enable"),
    (["--feature", "metadata.version=99"], 78, "metadata.version"),
    (["--feature", "transaction.version=3"], 78, "0 to 2"),
    (["--feature", "group.version=1"], 78, "not served"),
    (["--feature", "metadata.version"], 64, "name=level"),
    (["--feature", "metadata.version=x"], 64, "number"),
    (["--feature", "kraft.version=0", "--feature", "kraft.version=1"], 64, "twice"),
    (["--release-version", "4.1", "--feature", "metadata.version=27"], 78, "one of them"),
    (["--release-version", "no-such"], 78, "not known"),
    (["--cluster-id", ""], 78, "cluster id"),
    (["--set", "nonsense=1"], 78, "unknown configuration key"),
    (["--config", "/no/such/file"], 78, "cannot read /no/such/file"),
])
def test_format_says_what_is_wrong(tmp_path, arguments, code, word):
    data = tmp_path / "data"
    assert word in ottla("storage", "format", "--data", data, *arguments, code=code)
    assert not data.exists() or "meta.properties" not in os.listdir(data)


def test_info_tells_what_is_not_formatted(tmp_path):
    result = subprocess.run([binary(), "storage", "info", "--data", tmp_path], capture_output=True, text=True, timeout=60)
    assert result.returncode == 1 and "not formatted" in result.stdout
    assert "does not exist" in ottla("storage", "info", "--data", tmp_path / "nowhere", code=78)


def test_levels_change_while_the_node_runs(tmp_path):
    data = tmp_path / "data"
    ottla("storage", "format", "--data", data, "--feature", "metadata.version=22", "--feature", "kraft.version=0")
    with Broker(data=data) as broker:
        address = broker.address
        change = lambda kind, *rest, code=0: ottla("cluster", "features", kind, *rest, address=address, code=code)
        assert "could become 30" in change("upgrade", "--feature", "metadata.version=30", "--validate-only")
        tried = json.loads(change("upgrade", "--feature", "metadata.version=30", "--validate-only", "--output", "json"))
        assert tried == {"feature": "metadata.version", "level": 30, "result": "could be changed"}
        assert features(address)["metadata.version"][2] == 22
        assert "INVALID_UPDATE_VERSION" in change("upgrade", "--feature", "metadata.version=31", code=1)
        assert "INVALID_UPDATE_VERSION" in change("upgrade", "--feature", "group.version=1", code=1)
        assert "INVALID_UPDATE_VERSION" in change("downgrade", "--feature", "metadata.version=16", code=1)
        change("downgrade", "--feature", "metadata.version=17")
        change("upgrade", "--feature", "metadata.version=30", "--feature", "kraft.version=1")
        levels = {"eligible.leader.replicas.version": (0, 1, 0), "kraft.version": (0, 1, 1), "metadata.version": (7, 30, 30),
                  "transaction.version": (0, 2, 0)}
        assert features(address) == levels
        assert "INVALID_UPDATE_VERSION" in change("downgrade", "--feature", "metadata.version=29", "--unsafe", code=1)
        change("upgrade", "--feature", "eligible.leader.replicas.version=1")
        levels["eligible.leader.replicas.version"] = (0, 1, 1)
        assert features(address) == levels
        broker.kill()
    with Broker(data=data) as broker:
        assert features(broker.address) == levels


def test_a_directory_of_an_earlier_version_is_completed(tmp_path):
    with tarfile.open(DIRECTORIES / "ottla-0.1-level-33.tar.gz") as archive:
        archive.extractall(tmp_path)
    data = tmp_path / "data"
    assert "metadata.version" in ottla("storage", "info", "--data", data)
    with Broker(data=data) as broker:
        assert features(broker.address) == {
            "eligible.leader.replicas.version": (0, 1, 0), "kraft.version": (0, 1, 0), "metadata.version": (7, 33, 33),
            "transaction.version": (0, 2, 0),
        }
        assert len(ottla("consume", "t", address=broker.address).splitlines()) == 50
        ottla("cluster", "features", "downgrade", "--feature", "metadata.version=30", address=broker.address)
        assert broker.stop() == 0
    snapshots = [name for name in os.listdir(data / "__cluster_metadata-0") if name.endswith(".checkpoint")]
    assert len(snapshots) == 2
    with Broker(data=data) as broker:
        assert features(broker.address)["metadata.version"] == (7, 30, 30)
        assert len(ottla("consume", "t", address=broker.address).splitlines()) == 50
        assert broker.stop() == 0
    check = subprocess.run([binary(), "log", "dump", "--verify", data], capture_output=True, text=True, timeout=60)
    assert check.returncode == 0, check.stdout
