"""Transactions that something outside decides on (KIP-939): they outlive their producer, the node and every time limit."""

import struct

import pytest
from broker import Broker, eventually
from test_transactions import make_topic, name, ottla, read
from transaction_wire import Wire, compact
from wire import batch, frame, served_versions

SETTINGS = ["transaction.state.log.num.partitions=1", "transaction.two.phase.commit.enable=true", "unstable.api.versions.enable=true",
            "transaction.remove.expired.transaction.cleanup.interval.ms=100"]
REFUSED, INVALID_REQUEST, FENCED, INVALID_TXN_STATE = 53, 42, 90, 48


def versions_of_init(node):
    answer = node.call(frame(18, 0, b""))
    return served_versions(b"\0" * 4 + answer)[22]


def wire(node, identity):
    one = Wire(node.address)
    eventually(lambda: one.coordinator(identity) == 0, 15, "a coordinator")
    return one


def data(producer_id, epoch, value=b"v"):
    return batch((value,), attributes=0x10, pid=producer_id, pepoch=epoch, sequence=0)


@pytest.mark.parametrize("commit", [True, False])
def test_a_prepared_transaction_outlives_its_producer_and_the_node(tmp_path, commit):
    with Broker(data=tmp_path / "data", settings=SETTINGS) as node:
        assert versions_of_init(node) == (0, 6)
        topic, identity = make_topic(node, 1), name("id")
        first = wire(node, identity)
        code, producer_id, epoch, *none = first.init_two_phase(identity)
        assert (code, epoch, none) == (0, 0, [-1, -1])
        assert first.produce_now(identity, topic, 0, data(producer_id, epoch)) == 0
        assert "no time limit (two-phase commit)" in ottla(node, "transaction", "describe", identity)
        first.socket.close()
        node.kill()
        node.start()
        heir = wire(node, identity)
        answer = eventually_known(heir, identity)
        assert answer == (0, producer_id, epoch + 1, producer_id, epoch)
        assert heir.end_now(identity, producer_id, epoch)[0] == FENCED, "its first producer"
        assert heir.produce_now(identity, topic, 0, data(producer_id, epoch + 1)) == INVALID_TXN_STATE, "it is only ended"
        node.kill()
        node.start()
        heir = wire(node, identity)
        eventually(lambda: heir.end_now(identity, producer_id, epoch + 1, commit) == (0, producer_id, epoch + 2), 15, "the end")
        expected = ["v"] if commit else []
        assert read(node, topic, 1, 1, patience=3) == expected
        # Life goes on with the epoch of the answer.
        assert heir.produce_now(identity, topic, 0, data(producer_id, epoch + 2, b"w")) == 0
        assert heir.end_now(identity, producer_id, epoch + 2)[0] == 0
        assert read(node, topic, len(expected) + 1, 1) == expected + ["w"]


def eventually_known(one, identity):
    """Once the coordinator has loaded, and without asking twice: each question takes an epoch."""
    answers = []
    eventually(lambda: answers.append(one.init_two_phase(identity, keeps=True)) or answers[-1][0] not in (14, 15, 16), 15, "an answer")
    return answers[-1]


def test_who_does_not_keep_it_aborts_it():
    with Broker(settings=SETTINGS) as node:
        topic, identity = make_topic(node, 1), name("id")
        one = wire(node, identity)
        _, producer_id, epoch, *_ = one.init_two_phase(identity)
        assert one.produce_now(identity, topic, 0, data(producer_id, epoch)) == 0
        assert one.init_two_phase(identity, keeps=True)[0] == 0
        ottla(node, "transaction", "abort", identity, "--yes")
        assert read(node, topic, 1, 1, patience=1) == []
        assert one.end_now(identity, producer_id, epoch + 1)[0] in (FENCED, INVALID_TXN_STATE)
        one.socket.close()


def test_what_is_refused():
    with Broker(settings=["transaction.state.log.num.partitions=1", "unstable.api.versions.enable=true"]) as node:
        identity = name("id")
        one = wire(node, identity)
        assert one.init_two_phase(identity)[0] == REFUSED, "transaction.two.phase.commit.enable is off"
        code, producer_id, epoch, *_ = one.init_two_phase(identity, two_phase=False)
        assert code == 0
        assert one.init_two_phase(identity, two_phase=False, keeps=True, producer_id=producer_id, epoch=epoch)[0] == INVALID_REQUEST
        body = b"\0" + struct.pack(">iqhbb", 1000, -1, -1, True, False) + b"\0"
        assert struct.unpack_from(">h", one.call_flexible(22, 6, body), 4)[0] == INVALID_REQUEST, "without a transactional id"
        one.socket.close()


def test_without_unstable_versions_it_is_not_offered():
    with Broker(settings=["transaction.two.phase.commit.enable=true"]) as node:
        assert versions_of_init(node) == (0, 5)
        connection = node.connect()
        connection.sendall(frame(22, 6, compact("x") + struct.pack(">iqhbb", 1000, -1, -1, True, False) + b"\0", flexible=True))
        answer = connection.recv(100)
        assert answer == b"" or struct.unpack_from(">h", answer, 9 + 4)[0] == 35
        connection.close()
