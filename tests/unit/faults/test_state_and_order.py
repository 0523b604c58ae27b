"""State and order: a record that differs, and an offset that goes back, are found."""

from __future__ import annotations

from stream.detection.state.record import blank
from tests.faults.checkers.order import OrderChecker, check_scores_in_order
from tests.faults.checkers.state import check_state


def state(offset: int) -> bytes:
    record = blank()
    record["offset"] = offset
    return record.tobytes()


def test_equal_states_are_in_order() -> None:
    assert check_state({b"cpu": state(7)}, {b"cpu": state(7)}) == []


def test_a_flipped_bit_of_a_state_is_found() -> None:
    falsified = bytearray(state(7))
    falsified[100] ^= 1
    (finding,) = check_state({b"cpu": bytes(falsified)}, {b"cpu": state(7)})
    assert "differs: 1" in finding


def test_an_older_state_is_found_with_both_offsets() -> None:
    (finding,) = check_state({b"cpu": state(6)}, {b"cpu": state(7)})
    assert "offset 6, not 7" in finding


def test_a_missing_state_and_one_too_many_are_found() -> None:
    missing, more = check_state({b"mem": state(7)}, {b"cpu": state(7)})
    assert "no record" in missing
    assert "sent nothing" in more


def test_offsets_that_grow_or_stay_are_in_order() -> None:
    order = OrderChecker()
    for partition, offset in ((0, 5), (1, 2), (0, 5), (0, 9)):
        order.add(partition, b"cpu", offset)
    assert (order.n_records, order.findings) == (4, [])


def test_an_offset_that_goes_back_is_found() -> None:
    order = OrderChecker()
    order.add(0, b"cpu", 9)
    order.add(0, b"cpu", 8)
    (finding,) = order.findings
    assert "offset 8 after 9" in finding


def test_a_point_that_is_scored_before_an_earlier_one_is_found() -> None:
    first, second = (("cpu", None, 1), b"a"), (("cpu", None, 2), b"b")
    assert check_scores_in_order([first, second, first]) == []
    (finding,) = check_scores_in_order([second, first])
    assert "out of order" in finding
