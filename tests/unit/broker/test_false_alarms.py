"""How often a series may alarm for nothing, as people write it."""

from __future__ import annotations

import math

import pytest

from stream.errors import SettingsError
from stream.settings.settings import Settings
from stream.settings.values import SENSITIVITIES, allowance

DAY_S = 86_400


@pytest.mark.parametrize(
    ("text", "period_s", "points"),
    [
        ("1 per 30 days", 30 * DAY_S, math.nan),
        ("1 per day", DAY_S, math.nan),
        ("2 per week", 3.5 * DAY_S, math.nan),
        (" 1 per 12 hours ", DAY_S / 2, math.nan),
        ("1 per 5000 points", math.nan, 5000),
        ("4 per 10000 points", math.nan, 2500),
    ],
)
def test_a_budget_is_one_false_alarm_in_time_or_points(text: str, period_s: float, points: float) -> None:
    assert allowance(text) == pytest.approx((period_s, points), nan_ok=True)


@pytest.mark.parametrize(
    "text", ["", "seldom", "0 per day", "1 per 0 days", "-1 per day", "1 per month", "1 per 1.5 days"]
)
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="such as '1 per 30 days'"):
        allowance(text)


def test_without_a_word_the_budget_is_one_in_thirty_days() -> None:
    assert Settings().allowance.period_s == 30 * DAY_S


@pytest.mark.parametrize("name", ["low", "normal", "high"])
def test_a_sensitivity_is_the_name_of_a_budget(name: str) -> None:
    named, written = Settings.model_validate({"sensitivity": name}), Settings(false_alarms=SENSITIVITIES[name])
    assert named.allowance == pytest.approx(written.allowance, nan_ok=True)


def test_both_at_once_are_refused() -> None:
    with pytest.raises(ValueError, match="STREAMGAUGE_FALSE_ALARMS and STREAMGAUGE_SENSITIVITY: both given"):
        Settings(false_alarms="1 per day", sensitivity="low")


def test_a_budget_that_cannot_be_read_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAMGAUGE_FALSE_ALARMS", "often")
    with pytest.raises(SettingsError, match="STREAMGAUGE_FALSE_ALARMS: expected how many per time or points"):
        Settings.load()
