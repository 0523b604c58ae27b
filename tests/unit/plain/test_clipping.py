"""Where the gate opens, and how wide it is for a key that hardly moves."""

import pytest
from numpy import float32

from tests.plain.clipping import Clipping
from tests.plain.hull import Hull

UNIT = Hull(current=(float32(0), float32(1)))


def admitted(t: int, value: float, hull: Hull) -> tuple[float, bool]:
    """What a gate with nothing behind it learns of a value, and whether it calls it absurd."""
    learned, absurd = Clipping().admit(t, value, hull)
    return float(learned), absurd


def test_nothing_is_absurd_before_record_50() -> None:
    assert admitted(49, 1e9, UNIT) == (1e9, False)
    assert admitted(50, 1e9, UNIT) == (1, True)


def test_nothing_is_absurd_while_all_values_were_equal() -> None:
    assert admitted(50, 1e9, Hull()) == (1e9, False)


@pytest.mark.parametrize(("value", "absurd"), [(1010.5, False), (1010.6, True), (990.0, False), (989.9, True)])
def test_a_key_that_hardly_moves_is_judged_by_a_hundredth_of_its_size(value: float, absurd: bool) -> None:
    gate = Clipping(first_value=1000.0, largest=float32(1000.0))
    assert gate.admit(50, value, Hull(current=(float32(0), float32(0.5))))[1] is absurd
