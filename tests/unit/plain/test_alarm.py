"""When an alarm may follow another, to the record."""

import pytest

from tests.plain.alarm import Alarm


@pytest.mark.parametrize(("first_t", "second_t"), [(100, 121), (1000, 1042), (10_000, 10_076)])
def test_an_equal_score_is_quiet_for_a_while_that_grows_with_the_key(first_t: int, second_t: int) -> None:
    alarm = Alarm()
    raised = [t for t in range(first_t, first_t + 100) if alarm.decide(t, 2.0)]
    assert raised[:2] == [first_t, second_t]


def test_a_score_five_times_the_peak_is_an_alarm_at_once() -> None:
    alarm = Alarm()
    raised = [alarm.decide(1000 + n, score) for n, score in enumerate([2.0, 9.0, 44.0, 220.0])]
    assert raised == [True, False, False, True]


def test_a_score_below_the_boundary_is_no_alarm() -> None:
    assert not Alarm().decide(1000, 0.999)
    assert Alarm().decide(1000, 1.0)
