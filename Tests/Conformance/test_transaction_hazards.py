"""What is known to go wrong with transactions, one after the other, as bytes: what comes late, or twice, ends or enters no other transaction."""

import uuid

import pytest
from broker import Broker, eventually
from test_transactions import make_topic, ottla, read
from transaction_wire import Wire
from wire import batch

OK, INVALID_PRODUCER_EPOCH, INVALID_TXN_STATE, CONCURRENT, COORDINATOR_FENCED, PRODUCER_FENCED = 0, 47, 48, 51, 52, 90


@pytest.fixture(scope="module")
def node():
    with Broker(settings=["transaction.state.log.num.partitions=1"]) as one:
        yield one
        assert one.is_alive(), one.logs()


class Hazard:
    """A topic of one partition, and a producer with an id."""

    def __init__(self, node):
        self.node, self.topic, self.identity = node, make_topic(node, 1), f"id-{uuid.uuid4().hex[:8]}"
        self.wire = Wire(node.address)
        eventually(lambda: self.wire.coordinator(self.identity) == OK, 15, "a coordinator")
        code, self.id, self.epoch = self.wire.init(self.identity)
        assert code == OK

    def produce(self, value, epoch, sequence=0):
        data = batch((value.encode(),), attributes=0x10, pid=self.id, pepoch=epoch, sequence=sequence)
        return self.wire.produce_now(self.identity, self.topic, 0, data)

    def end(self, epoch, commit=True):
        return self.wire.end_now(self.identity, self.id, epoch, commit)

    def mark(self, epoch, coordinator_epoch, commit=True):
        return self.wire.mark(self.topic, 0, self.id, epoch, coordinator_epoch, commit)

    def committed(self, count, patience=15):
        return read(self.node, self.topic, count, 1, patience=patience)

    def is_open(self):
        return "Ongoing" in ottla(self.node, "transaction", "describe", self.identity)


@pytest.fixture
def hazard(node):
    one = Hazard(node)
    yield one
    one.wire.socket.close()


@pytest.mark.parametrize("commit", [True, False])
def test_an_end_whose_answer_was_lost_is_answered_again_and_ends_nothing_else(hazard, commit):
    assert hazard.produce("first", hazard.epoch) == OK
    answer = hazard.end(hazard.epoch, commit)
    assert answer == (OK, hazard.id, hazard.epoch + 1)
    eventually(lambda: hazard.end(hazard.epoch, commit) == answer, 15, "the same answer")
    assert hazard.end(hazard.epoch, not commit)[0] == INVALID_TXN_STATE
    assert hazard.produce("second", hazard.epoch + 1) == OK
    # By now the coordinator has another transaction of this producer, which the late request is not about.
    assert hazard.end(hazard.epoch, commit)[0] == PRODUCER_FENCED
    assert hazard.is_open()
    expected = ["first"] if commit else []
    assert hazard.committed(1, patience=2) == expected
    assert hazard.end(hazard.epoch + 1, commit=False)[0] == OK
    assert hazard.committed(1, patience=2) == expected


def test_a_batch_of_an_earlier_transaction_does_not_enter_a_later_one(hazard):
    assert hazard.produce("first", hazard.epoch) == OK
    assert hazard.end(hazard.epoch) == (OK, hazard.id, hazard.epoch + 1)
    eventually(lambda: hazard.committed(1, patience=2) == ["first"], 15, "the marker is written")
    assert hazard.produce("late", hazard.epoch, sequence=1) == INVALID_PRODUCER_EPOCH, "no transaction is open"
    assert hazard.produce("second", hazard.epoch + 1) == OK
    assert hazard.produce("late", hazard.epoch, sequence=1) == INVALID_PRODUCER_EPOCH, "one is open"
    assert hazard.end(hazard.epoch + 1)[0] == OK
    assert hazard.committed(2) == ["first", "second"]


def test_a_marker_that_comes_late_ends_nothing(hazard):
    assert hazard.produce("first", hazard.epoch) == OK
    assert hazard.end(hazard.epoch)[0] == OK
    assert hazard.produce("second", hazard.epoch + 1) == OK
    for epoch in [hazard.epoch, hazard.epoch + 1]:
        assert hazard.mark(epoch, 1000) == INVALID_PRODUCER_EPOCH
    assert hazard.is_open()
    assert hazard.committed(2, patience=2) == ["first"]
    # One of the right epoch ends it, whoever the coordinator is; a coordinator of before is heard no more.
    assert hazard.mark(hazard.epoch + 2, 1000, commit=False) == OK
    assert hazard.mark(hazard.epoch + 3, 999) == COORDINATOR_FENCED
    assert hazard.committed(2, patience=2) == ["first"]


def test_who_was_replaced_ends_and_adds_nothing(hazard):
    assert hazard.produce("first", hazard.epoch) == OK
    # The first answer aborts what is open, and the next one gives the id away.
    eventually(lambda: hazard.wire.init(hazard.identity)[0] == OK, 15, "the next producer begins")
    assert hazard.produce("late", hazard.epoch, sequence=1) == INVALID_PRODUCER_EPOCH
    assert hazard.end(hazard.epoch)[0] == PRODUCER_FENCED
    assert hazard.wire.init_again(hazard.identity, hazard.id, hazard.epoch)[0] == PRODUCER_FENCED
    assert hazard.committed(1, patience=2) == []


def test_the_last_epoch_is_followed_by_another_producer_id(hazard):
    """An epoch has 16 bits: each InitProducerId of the same id takes the next one."""
    producer_id, epoch, fenced = hazard.id, hazard.epoch, None
    while producer_id == hazard.id:
        code, producer_id, following = hazard.wire.init(hazard.identity)
        assert code == OK
        assert following == epoch + 1 or (producer_id > hazard.id and following == 0), (epoch, producer_id, following)
        fenced, epoch = epoch, following
    assert fenced >= 2**15 - 3
    assert hazard.end(fenced)[0] in (PRODUCER_FENCED, 49)
    hazard.id, hazard.epoch = producer_id, epoch
    assert hazard.produce("value", epoch) == OK
    assert hazard.end(epoch)[0] == OK
    assert hazard.committed(1) == ["value"]
