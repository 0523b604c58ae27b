"""The alarm of a score that is no number; all else is compared with the recordings and the second opinion."""

from __future__ import annotations

import numpy as np

from stream.detection.evidence.alarm import alarm
from tests.unit.detection.by_hand import new_key


def test_a_score_that_is_no_number_is_neither_an_alarm_nor_remembered() -> None:
    key = new_key()
    assert not alarm(key, 1000, np.nan)
    assert alarm(key, 1001, 2.0)
    assert (int(key.alarm_t), float(key.peak)) == (1001, 2.0)
