"""The example of the documentation, Examples/Bank, does what it says."""

import pathlib
import subprocess

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from broker import STARTED, Broker, eventually

BANK = pathlib.Path(__file__).resolve().parents[2] / ".build/debug/bank"


def test_the_bank_is_right_whatever_is_killed(tmp_path):
    assert BANK.exists(), "make conformance builds it: swift build --product bank"

    def run(address):
        with open(tmp_path / "bank.txt", "a") as log:
            process = subprocess.Popen([BANK, "run", address], stdout=log, stderr=log)
        STARTED.append(process)
        return process

    def balances(address):
        told = subprocess.run([BANK, "balances", address], capture_output=True, text=True, timeout=60)
        assert told.returncode == 0, told.stderr
        lines = dict(line.split() for line in told.stdout.splitlines())
        assert lines["total"] == "0", told.stdout
        return lines

    with Broker(data=str(tmp_path / "data"), settings=["group.min.session.timeout.ms=1000", "group.initial.rebalance.delay.ms=0"]) as node:
        admin = AdminClient({"bootstrap.servers": node.address})
        for future in admin.create_topics([NewTopic("orders", 2), NewTopic("entries", 3)]).values():
            future.result(30)
        bank = run(node.address)
        for _ in range(3):
            producer = Producer({"bootstrap.servers": node.address, "enable.idempotence": True})
            for amount in range(1, 101):
                producer.produce("orders", f"anna ben {amount}", partition=amount % 2)
                producer.produce("orders", "ben carl 1", partition=amount % 2)
            producer.produce("orders", "nonsense")
            assert producer.flush(60) == 0
            bank.kill()
            bank.wait()
            balances(node.address)
            node.kill()
            node.start()
            bank = run(node.address)
        expected = {"anna": "-15150", "ben": "14850", "carl": "300", "total": "0"}
        eventually(lambda: balances(node.address) == expected, 90, "all orders are in the books")
        bank.kill()
        bank.wait()
