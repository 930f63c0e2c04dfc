"""Money that moves in transactions stays whole while nodes and clients are killed (bank.py, which goes on for longer by hand)."""

import bank
import pytest


@pytest.mark.parametrize("nodes,faults", [(3, ("clients", "all")), (1, ("kill",))])
def test_transfers_are_whole_and_orders_are_booked_once(nodes, faults):
    problems, seen = bank.check(nodes, len(faults), 7, faults)
    assert not problems
    assert seen.transfers > 100 and seen.bookings > 100
