"""The checker finds each anomaly, and nothing where there is none."""

import pytest

from history import check


def send(value, producer="p", partition=0):
    return {"event": "send", "value": value, "producer": producer, "partition": partition}


def ack(value, offset, partition=0):
    return {"event": "ack", "value": value, "partition": partition, "offset": offset}


def fail(value, definite=False):
    return {"event": "fail", "value": value, "definite": definite}


def read(value, offset, reader="final", partition=0):
    return {"event": "read", "reader": reader, "partition": partition, "offset": offset, "value": value}


SOUND = [
    send("a"), send("b"), ack("a", 0), send("c"), read("a", 0, "r"), ack("b", 1), fail("c"), send("d", "q", 1), ack("d", 0, 1),
    read("a", 0), read("b", 1), read("c", 2), read("d", 0, partition=1),
]


def test_nothing_is_wrong_with_a_sound_history():
    assert check(SOUND) == []


ANOMALIES = {
    "lost": [send("a"), ack("a", 0)],
    "elsewhere": [send("a"), send("b"), ack("a", 1), read("a", 0), read("b", 1)],
    "repeated": [send("a"), ack("a", 0), read("a", 0), read("a", 1)],
    "invented": [read("a", 0)],
    "refused and read": [send("a"), fail("a", definite=True), read("a", 0)],
    "other partition": [send("a", partition=1), read("a", 0)],
    "changed": [send("a"), send("b"), read("a", 0, "r"), read("b", 0, "s")],
    "back": [send("a"), send("b"), read("b", 1), read("a", 0)],
    "order": [send("a"), send("b"), read("b", 0), read("a", 1)],
    "time": [send("a"), ack("a", 5), send("b", "q"), ack("b", 3), read("b", 3), read("a", 5)],
}


@pytest.mark.parametrize("kind", ANOMALIES)
def test_each_anomaly_is_found(kind):
    problems = check(ANOMALIES[kind])
    assert any(problem.startswith(kind + ":") for problem in problems), problems


@pytest.mark.parametrize("kind", ["repeated", "order"])
def test_a_producer_that_is_not_idempotent_may_repeat_and_overtake(kind):
    assert check(ANOMALIES[kind], idempotent=False) == []
