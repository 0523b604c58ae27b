"""The reason of an event of an episode: one line of plain words, with no number but those that alarmed."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime

from stream.detection.arrays import RESIDUAL_WINDOW, WINDOW
from stream.detection.episodes.facts import EventFacts
from stream.detection.episodes.transition import Change, Transition
from stream.events.text import digits_for, format_duration, format_number, format_span, format_value

OF_FORECAST = ("mixture", "forecast_error")
"""Tails of the forecast: of how far off it was."""

PREFIXES = {
    Change.ESCALATED: "worse: ",
    Change.REALERTED: "again: ",
    Change.DIFFERENT: "and another fault: ",
    Change.REMINDER: "still: ",
    Change.PENDING: "pending: ",
}

LEAST_SHARE, LEAST_TIMES, MOST_TIMES = 0.05, 3.0, 1000.0
"""Deviations are written in percent from this share of what was expected on; as a multiple between these two."""

NEARLY_NOTHING = 1e-6
"""Part of a step that is written as 0."""

YOUNG_S = 7 * 86_400
"""A series younger than this has shown little; the sentence mentions it."""


def explain(transition: Transition, actual: float, unit: str = "") -> str:
    """Write what was observed, and what that is compared with.

    Parameters
    ----------
    actual : float
        The value that caused it, or what was scored instead.
    unit : str
        What follows it, such as ` a second`.
    """
    if transition.change in (Change.CLOSE, Change.PASSED):
        return _ended(transition, actual, unit)
    prefix, facts = PREFIXES.get(transition.change, ""), transition.facts
    if facts is None:
        return prefix + _window(transition, actual)
    parts = [
        SENTENCES[facts.statistic](transition, facts, f"{format_value(actual)}{unit}"),
        _seasonal(transition, facts),
    ]
    return prefix + "; ".join(filter(None, parts))


def _ended(transition: Transition, actual: float, unit: str) -> str:
    ended = transition.start_ms if transition.end_ms is None else transition.end_ms
    lasted, value = format_duration(ended - transition.start_ms), f"{format_value(actual)}{unit}"
    if transition.change == Change.PASSED:
        return f"over after {lasted}, too short for an alert (now {value})"
    return f"back to normal after {lasted} (now {value}); highest score {format_number(transition.peak_score, 3)}"


def _window(transition: Transition, actual: float) -> str:
    times = format_number(transition.score, 3)
    return f"reconstruction error {times} times the cut-off, in the window that ends with {format_value(actual)}"


def _value(transition: Transition, facts: EventFacts, value: str) -> str:
    """Compare a value with all that was seen or is usual; one that lies in a gap of that, with the forecast."""
    digits = _digits(transition, facts.observed)
    if facts.tail in OF_FORECAST or not math.isfinite(transition.lower):
        return f"{_moved(transition, facts, value)} {_forecast(transition, facts)}{_lasting(facts)}"
    far = "far " if facts.is_clipped else ""
    bounds = f"{format_number(transition.lower, digits)} to {format_number(transition.upper, digits)}"
    return f"{_moved(transition, facts, value)} {far}{_side(transition)} the {_range(facts, bounds)}{_lasting(facts)}"


def _range(facts: EventFacts, bounds: str) -> str:
    return f"{bounds} {_seen_in(facts)}" if facts.tail is None else f"usual {bounds}"


def _forecast(transition: Transition, facts: EventFacts) -> str:
    """Compare a value with the forecast, and that with how far off forecasts usually are."""
    compared = f"{_deviation(transition, facts)} forecast"
    if not math.isfinite(transition.upper) or facts.tail is None:
        return compared
    return f"{compared} (usually within {format_number(transition.upper - transition.expected, 2)})"


def _pair(transition: Transition, facts: EventFacts, value: str) -> str:
    digits = _digits(transition, facts.observed)
    mean = format_number(facts.mean_24, digits)
    return f"{value} is {_deviation(transition, facts)} forecast, while the last {WINDOW} points averaged {mean}"


def _residual_3(transition: Transition, facts: EventFacts, value: str) -> str:
    off = abs(facts.observed - transition.expected)
    digits = _digits(transition, facts.observed)
    compared = f"the last 3 points were {format_number(off, digits)} {_side(transition)} forecast on average"
    bound = transition.upper if transition.direction > 0 else transition.lower
    if math.isfinite(bound):
        compared = f"{compared}, {_most(facts, format_number(abs(bound - transition.expected), digits))}"
    return f"{compared} (now {value})"


def _most(facts: EventFacts, number: str) -> str:
    return f"at most {number} {_before(facts)}" if facts.tail is None else f"usually at most {number}"


def _residual_12(transition: Transition, facts: EventFacts, value: str) -> str:
    time = _time(facts, RESIDUAL_WINDOW)
    now = f"(now {value}, forecast {format_number(transition.expected, _digits(transition, facts.observed))})"
    if facts.is_log:
        return f"forecasts off by a factor of {format_number(math.exp(facts.size), 3)} on average for {time} {now}"
    most = "" if math.isnan(facts.most) else f", {_most(facts, format_number(facts.most, 3))}"
    return f"forecasts {format_number(facts.size, 3)} off on average for {time}{most} {now}"


def _level(transition: Transition, facts: EventFacts, value: str) -> str:
    digits = _digits(transition, facts.observed)
    level, before = format_number(facts.observed, digits), format_number(transition.expected, digits)
    way = "up" if transition.direction > 0 else "down"
    return f"average {level} over the last {_time(facts, WINDOW)}, {way} from {before} (now {value})"


def _moment(transition: Transition, facts: EventFacts, value: str) -> str:
    return f"{value} is {_deviation(transition, facts)} {_at_that_time(facts)}{_lasting(facts)}"


def _quiet(transition: Transition, facts: EventFacts, value: str) -> str:
    """Write how long a series has been stuck, or that it changes too little, and what it usually does."""
    known = facts.typical_change > 0 and not facts.is_log
    change = f"{format_number(facts.typical_change, 2)} per point"
    if facts.n_same == 1:
        return f"changes far less than {f'the usual {change}' if known else 'usual'} (now {value})"
    stuck = f"stuck at {value} for {_time(facts, facts.n_same - 1)}"
    if known:
        return f"{stuck}, usually changes by {change}"
    return stuck if facts.tail is None else f"{stuck}, usually for no more than {_time(facts, facts.usually_same)}"


def _moved(transition: Transition, facts: EventFacts, value: str) -> str:
    """Begin a sentence: a value jumped or dropped if it came in one step, for the most part."""
    step = facts.observed - facts.previous
    off = abs(facts.observed - transition.expected)
    if transition.change == Change.REMINDER or facts.n_off > 1 or not abs(step) >= 0.5 * off:
        return f"{value} is"
    verb = "jumped" if step > 0 else "dropped"
    previous = 0.0 if abs(facts.previous) < NEARLY_NOTHING * abs(step) else facts.previous
    return f"{verb} from {format_number(previous, _digits(transition, facts.observed))} to {value},"


def _deviation(transition: Transition, facts: EventFacts) -> str:
    """Compare a number with what was expected: a multiple, a percentage or a difference, whichever reads best."""
    expected, off = transition.expected, abs(facts.observed - transition.expected)
    number = f"the {format_number(expected, _digits(transition, facts.observed))}"
    times = facts.observed / expected if expected else math.inf
    if not expected:
        return f"{_side(transition)} {number}"
    if expected > 0 and LEAST_TIMES <= times <= MOST_TIMES:
        return f"{format_number(times, 2)} times {number}"
    if off >= LEAST_SHARE * abs(expected) and 0 <= times < LEAST_TIMES:
        return f"{format_number(100 * off / abs(expected), 2)} % {_side(transition)} {number}"
    return f"{format_number(off, 3)} {_side(transition)} {number}"


def _side(transition: Transition) -> str:
    return "above" if transition.direction > 0 else "below"


def _lasting(facts: EventFacts) -> str:
    if facts.n_off < 2:
        return ""
    more = "more than " if facts.n_off >= WINDOW else ""
    return f", for {more}{_time(facts, facts.n_off - 1)}"


def _time(facts: EventFacts, n: float) -> str:
    return format_duration(round(1000 * n * facts.interval_s))


def _seasonal(transition: Transition, facts: EventFacts) -> str | None:
    """Write what is usual at this hour, unless the sentence has that already."""
    if facts.seasonal_mean is None or facts.statistic in ("moment", "quiet"):
        return None
    return f"{format_number(facts.seasonal_mean, _digits(transition, facts.observed))} is {_at_that_time(facts)}"


def _at_that_time(facts: EventFacts) -> str:
    then = datetime.fromtimestamp(facts.timestamp_s, UTC)
    return f"usual {f'on {then:%A}s ' if facts.period == 'week' else ''}at {then:%H}:00"


def _seen_in(facts: EventFacts) -> str:
    if facts.is_whole_life and facts.memory_s < YOUNG_S:
        return f"seen so far ({format_span(facts.memory_s)})"
    return f"seen in {_memory(facts)}"


def _before(facts: EventFacts) -> str:
    return "before" if facts.is_whole_life and facts.memory_s < YOUNG_S else f"in {_memory(facts)}"


def _memory(facts: EventFacts) -> str:
    return format_span(facts.memory_s) if facts.is_whole_life else f"more than {format_span(facts.memory_s)}"


def _digits(transition: Transition, number: float) -> int:
    """Choose digits in which a number, what was expected and the range differ."""
    numbers = [abs(each) for each in (number, transition.lower, transition.upper) if math.isfinite(each)]
    width = transition.upper - transition.lower
    if not math.isfinite(width):
        width = abs(number - transition.expected)
    return digits_for(max(numbers), width)


SENTENCES: dict[str, Callable[[Transition, EventFacts, str], str]] = {
    "value": _value,
    "residual_3": _residual_3,
    "level": _level,
    "residual_12": _residual_12,
    "pair": _pair,
    "moment": _moment,
    "quiet": _quiet,
}
"""The sentence of each kind of evidence, for when it leads."""
