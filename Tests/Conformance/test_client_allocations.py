"""How often the client asks for heap memory: for batches and requests, not for records."""

import subprocess

import pytest
from allocations import Counter
from broker import Broker, binary
from test_client_commands import ottla

FEW, MANY = 20_000, 220_000


@pytest.fixture(scope="module")
def counter(tmp_path_factory):
    counter = Counter(tmp_path_factory.mktemp("allocations"))

    def allocations(*command):
        counter.reset()
        run = subprocess.run([binary(), *command], capture_output=True, text=True, timeout=120, env=counter.environment)
        assert run.returncode == 0, run.stderr
        assert counter.value > 1000, "the counter does not count"
        return counter.value

    return allocations


def test_records_are_produced_and_read_without_an_allocation_for_each(counter):
    with Broker() as node:
        at = ["--bootstrap", node.address]
        big = ["-X", "batch.size=900000", "-X", "max.request.size=1000000"]
        counts = {}
        for records in (FEW, MANY):
            topic = f"t{records}"
            ottla(node, "topic", "create", topic)
            counts["produce", records] = counter("perf", "produce", topic, "--records", str(records), "--size", "100", *big, *at)
            counts["consume", records] = counter("perf", "consume", topic, *at)
            counts["each", records] = counter("perf", "consume", topic, "--each", *at)
    for what, limit in (("produce", 0.02), ("consume", 0.02), ("each", 0.02)):
        each = (counts[what, MANY] - counts[what, FEW]) / (MANY - FEW)
        print(f"{what}: {each:.4f} allocations for a record, {counts[what, FEW]} for the first {FEW}")
        assert each < limit, (what, counts)
