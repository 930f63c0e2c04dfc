"""ottla serve and ottla log as an operator meets them."""

import os
import re
import signal
import subprocess
import time
import urllib.request

import pytest
from confluent_kafka import Producer

from broker import Broker, binary, spawn


def serve(*args, timeout=20):
    return subprocess.run([binary(), "serve", *args], capture_output=True, text=True, timeout=timeout)


def test_the_ready_line_and_a_clean_end(broker):
    assert re.fullmatch(r"ottla ready: 127\.0\.0\.1:\d+ node=1 cluster=[A-Za-z0-9_-]{22}", broker.ready_line)
    assert broker.stop() == 0
    assert os.path.exists(os.path.join(broker.data, ".kafka_cleanshutdown"))


def test_sigint_ends_in_order_too(broker):
    broker.process.send_signal(signal.SIGINT)
    assert broker.process.wait(20) == 0


def test_no_arguments_mean_a_node_in_the_current_directory(tmp_path):
    process = spawn([binary(), "serve", "--listen", "127.0.0.1:0"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout.readline().startswith("ottla ready: 127.0.0.1:")
    process.terminate()
    assert process.wait(20) == 0
    assert (tmp_path / "ottla-data" / "meta.properties").exists()


@pytest.mark.parametrize("args,words", [
    (["--set", "num.partitons=3"], ["num.partitons", "did you mean 'num.partitions'"]),
    (["--set", "num.partitions=many"], ["num.partitions", "'many'", "whole number"]),
    (["--set", "num.partitions=0"], ["num.partitions", "at least 1"]),
    (["--set", "log.cleanup.policy=shred"], ["log.cleanup.policy", "compact, delete"]),
    (["--set", "novalue"], ["key=value"]),
    (["--listen", "nowhere"], ["host:port"]),
    (["--set", "listeners=SSL://127.0.0.1:0"], ["SSL", "PLAINTEXT"]),
    (["--set", "process.roles=broker"], ["node.id"]),
    (["--set", "process.roles=king"], ["process.roles", "king"]),
    (["--config", "/does/not/exist"], ["/does/not/exist"]),
    (["--set", "metrics.listener=x"], ["metrics.listener"]),
])
def test_wrong_configurations_end_with_78_and_one_sentence(tmp_path, args, words):
    data = [] if "--data" in args else ["--data", str(tmp_path / "d")]
    result = serve(*data, *args)
    assert result.returncode == 78, result.stderr
    sentence = [line for line in result.stderr.splitlines() if line.startswith("ottla: ")]
    assert len(sentence) == 1
    for word in words:
        assert word in sentence[0]


def test_dangerous_directories_are_refused(tmp_path, broker):
    in_use = serve("--data", broker.data, "--listen", "127.0.0.1:0")
    assert in_use.returncode == 78 and "in use by another process" in in_use.stderr
    assert broker.is_alive()
    broker.stop()
    other = serve("--data", broker.data, "--listen", "127.0.0.1:0", "--set", "node.id=5")
    assert other.returncode == 78 and "belongs to node 1" in other.stderr
    meta = os.path.join(broker.data, "meta.properties")
    text = open(meta).read()
    open(meta, "w").write(text.replace("version=1", "version=9"))
    newer = serve("--data", broker.data, "--listen", "127.0.0.1:0")
    assert newer.returncode == 78 and "version 9" in newer.stderr
    open(meta, "w").write(text)
    second = tmp_path / "second"
    second.mkdir()
    (second / "meta.properties").write_text(text.replace("cluster.id=", "cluster.id=x"))
    mixed = serve("--data", f"{broker.data},{second}", "--listen", "127.0.0.1:0")
    assert mixed.returncode == 78 and "cluster" in mixed.stderr


def test_a_taken_port_is_said(broker, tmp_path):
    taken = serve("--data", str(tmp_path / "d"), "--listen", broker.address)
    assert taken.returncode == 78 and "Address already in use" in taken.stderr


def test_the_configuration_file_and_keys_without_effect(tmp_path):
    file = tmp_path / "server.properties"
    file.write_text("# a comment\nnode.id = 12\nnum.partitions=3\nnum.io.threads=8\nlog.retention.hours : 24\n")
    with Broker(args=["--config", str(file)]) as broker:
        assert "node=12" in broker.ready_line
        warnings = [line for line in broker.logs().splitlines() if "no effect yet" in line]
        assert len(warnings) == 1 and "num.io.threads" in warnings[0] and "num.partitions" not in warnings[0]


def test_a_configuration_may_come_through_a_pipe(tmp_path):
    reading, writing = os.pipe()
    os.write(writing, b"node.id=12\n")
    os.close(writing)
    process = spawn(
        [binary(), "serve", "--data", str(tmp_path / "d"), "--listen", "127.0.0.1:0", "--config", f"/dev/fd/{reading}"], pass_fds=[reading],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    os.close(reading)
    assert " node=12 " in process.stdout.readline()
    process.terminate()
    assert process.wait(20) == 0
    for path in ("/", "/dev/zero"):
        refused = serve("--data", str(tmp_path / "e"), "--config", path)
        assert refused.returncode == 78 and f"cannot read {path}: " in refused.stderr


def test_a_configuration_is_text(tmp_path):
    file = tmp_path / "server.properties"
    file.write_bytes(b"# by M\xfcller\nnode.id=12\n")
    with Broker(args=["--config", str(file)]) as broker:
        assert "node=12" in broker.ready_line
    file.write_bytes(b"broker.rack=M\xfcnchen\n")
    refused = serve("--data", str(tmp_path / "e"), "--config", str(file))
    assert refused.returncode == 78 and "'broker.rack' is no UTF-8" in refused.stderr and not (tmp_path / "e").exists()


def test_metrics_as_prometheus_text():
    import socket
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with Broker(settings=[f"metrics.listener=127.0.0.1:{port}"]) as broker:
        producer = Producer({"bootstrap.servers": broker.address})
        producer.produce("metered", b"v" * 100)
        producer.flush(10)
        text = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10).read().decode()
        values = {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line and line[0] != "#"}
        assert values["ottla_produced_records_total"] == 1
        assert values['ottla_requests_total{api="produce"}'] >= 1
        assert "# TYPE ottla_produced_bytes_total counter" in text


def test_log_dump_shows_and_verifies(broker):
    producer = Producer({"bootstrap.servers": broker.address})
    for i in range(10):
        producer.produce("dumped", b"value-%d" % i, b"key", headers=[("h", b"1")])
    producer.flush(10)
    broker.stop()
    segment = os.path.join(broker.data, "dumped-0", "0" * 20 + ".log")
    shown = subprocess.run([binary(), "log", "dump", "--records", segment], capture_output=True, text=True, timeout=20)
    assert shown.returncode == 0 and "value='value-3'" in shown.stdout and "headers='h':'1'" in shown.stdout
    good = subprocess.run([binary(), "log", "dump", "--verify", broker.data], capture_output=True, text=True, timeout=20)
    assert good.returncode == 0, good.stdout
    with open(segment, "r+b") as file:
        file.seek(80)
        byte = file.read(1)
        file.seek(80)
        file.write(bytes([byte[0] ^ 1]))
    bad = subprocess.run([binary(), "log", "dump", "--verify", broker.data], capture_output=True, text=True, timeout=20)
    assert bad.returncode == 1 and "checksum" in bad.stdout and "dumped-0" in bad.stdout


def test_help_everywhere():
    for command in (["--help"], ["serve", "--help"], ["log", "dump", "--help"]):
        result = subprocess.run([binary(), *command], capture_output=True, text=True, timeout=20)
        assert result.returncode == 0 and "EXAMPLES" in result.stdout
    assert subprocess.run([binary(), "serve", "--no-such"], capture_output=True, timeout=20).returncode == 64
