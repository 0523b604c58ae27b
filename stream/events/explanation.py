"""Why: an event of an episode in one line of plain words, of nothing but the numbers that alarmed."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime

from stream.detection.episodes.facts import Facts
from stream.detection.episodes.transition import Change, Transition
from stream.detection.state.layout import RESIDUAL_WINDOW, WINDOW
from stream.events.text import digits_for, duration, figure, observed, span

OF_FORECAST = ("mixture", "forecast_error")
"""Tails of the forecast: of how far off it was."""

PREFIXES = {
    Change.WORSE: "worse: ",
    Change.AGAIN: "again: ",
    Change.DIFFERENT: "and another fault: ",
    Change.LASTING: "still: ",
    Change.PENDING: "pending: ",
}

WORTH_A_SHARE = 0.05
"""Deviations, as a share of what was expected, that are said in percent: from here on, and up to 10 times."""

MOST_PERCENT = 1000

YOUNG_S = 7 * 86_400
"""A series younger than this has shown little: how long it is known says so."""


def why(transition: Transition, actual: float, unit: str = "") -> str:
    """Say what was seen, and what it is unusual against.

    Parameters
    ----------
    transition : Transition
    actual : float
        The value that caused it, or what was judged instead.
    unit : str
        What is said behind it, such as ` a second`.
    """
    if transition.change in (Change.CLOSE, Change.PASSED):
        return _ended(transition, actual, unit)
    prefix, facts = PREFIXES.get(transition.change, ""), transition.facts
    if facts is None:
        return prefix + _window(transition, actual)
    said = [SENTENCES[facts.statistic](transition, facts, f"{observed(actual)}{unit}"), _usual(transition, facts)]
    return prefix + "; ".join(filter(None, said))


def _ended(transition: Transition, actual: float, unit: str) -> str:
    ended = transition.start_ms if transition.end_ms is None else transition.end_ms
    lasted, value = duration(ended - transition.start_ms), f"{observed(actual)}{unit}"
    if transition.change == Change.PASSED:
        return f"did not last: {value} after {lasted}, no episode was opened"
    if math.isfinite(transition.expected):
        value = f"{value}, {figure(transition.expected, _digits(transition, actual))} was expected"
    return f"back to normal: {value}; lasted {lasted}, highest score {figure(transition.peak_score, 3)}"


def _window(transition: Transition, actual: float) -> str:
    times = figure(transition.score, 3)
    return f"the window that ends with {observed(actual)} is redrawn {times} times as badly as the cut-off allows"


def _value(transition: Transition, facts: Facts, value: str) -> str:
    """Compare a value with all that was seen or is usual; of one that lies in a gap of it, with the forecast."""
    digits = _digits(transition, facts.observed)
    if facts.tail in OF_FORECAST or not math.isfinite(transition.lower):
        return f"{_moved(transition, facts, value)}, {_forecast(transition, facts)}{_lasting(facts)}"
    far, side = "far " if facts.is_absurd else "", "above" if transition.direction > 0 else "below"
    bounds = f"{figure(transition.lower, digits)} to {figure(transition.upper, digits)}"
    return f"{_moved(transition, facts, value)}, {far}{side} the {_range(facts, bounds)}{_lasting(facts)}"


def _range(facts: Facts, bounds: str) -> str:
    return f"{bounds} {_seen_in(facts)}" if facts.tail is None else f"usual {bounds}"


def _forecast(transition: Transition, facts: Facts) -> str:
    """Hold a value against the forecast, and say how far off that usually is."""
    said = f"{_away(transition, facts)} the {figure(transition.expected, _digits(transition, facts.observed))} forecast"
    if not math.isfinite(transition.upper) or facts.tail is None:
        return said
    return f"{said} (usually within {figure(transition.upper - transition.expected, 2)})"


def _pair(transition: Transition, facts: Facts, value: str) -> str:
    digits = _digits(transition, facts.observed)
    expected = f"{_away(transition, facts)} the {figure(transition.expected, digits)} forecast"
    return f"{value} while the last {WINDOW} points averaged {figure(facts.mean_24, digits)}, {expected}"


def _residual_3(transition: Transition, facts: Facts, value: str) -> str:
    off = abs(facts.observed - transition.expected)
    digits = _digits(transition, facts.observed)
    side = "above" if transition.direction > 0 else "below"
    said = f"{value}: the last 3 points were {figure(off, digits)} {side} forecast on average"
    bound = transition.upper if transition.direction > 0 else transition.lower
    if not math.isfinite(bound):
        return said
    return f"{said}, {_most(facts, figure(abs(bound - transition.expected), digits))}"


def _most(facts: Facts, number: str) -> str:
    return f"{number} at most {_before(facts)}" if facts.tail is None else f"usually at most {number}"


def _residual_12(transition: Transition, facts: Facts, value: str) -> str:
    time = _time(facts, RESIDUAL_WINDOW)
    expected = figure(transition.expected, _digits(transition, facts.observed))
    said = f"hard to forecast for {time}: {value}, {expected} forecast"
    if facts.is_log:
        return f"{said}, off by a factor of {figure(math.exp(facts.size), 3)} on average"
    most = "" if math.isnan(facts.most) else f" ({_most(facts, figure(facts.most, 3))})"
    return f"{said}, {figure(facts.size, 3)} off on average{most}"


def _level(transition: Transition, facts: Facts, value: str) -> str:
    digits = _digits(transition, facts.observed)
    level, before = figure(facts.observed, digits), figure(transition.expected, digits)
    return f"level {level} over the last {_time(facts, WINDOW)}, {before} before (now {value})"


def _moment(transition: Transition, facts: Facts, value: str) -> str:
    digits = _digits(transition, facts.observed)
    return (
        f"{value}, {_away(transition, facts)} the {figure(transition.expected, digits)} {_then(facts)}{_lasting(facts)}"
    )


def _quiet(transition: Transition, facts: Facts, value: str) -> str:
    """Say how long a series has been stuck, or that it moves too little, and what it usually does."""
    known = facts.usual_change > 0 and not facts.is_log
    usual = f"usually moves by {figure(facts.usual_change, 2)} a point" if known else ""
    if facts.n_same > 1:
        if not known and facts.tail is not None:
            usual = f"usually for no more than {_time(facts, facts.usually_same)}"
        return f"stuck at {value} for {_time(facts, facts.n_same - 1)}{usual and f', {usual}'}"
    return f"{value}: moves far less than usual{usual and f' (it {usual})'}"


def _moved(transition: Transition, facts: Facts, value: str) -> str:
    """Say that a value came in one step, if most of its way did."""
    step = facts.observed - facts.previous
    if facts.n_off > 1 or not abs(step) >= 0.5 * abs(facts.observed - transition.expected):
        return value
    verb = "jumped" if step > 0 else "dropped"
    return f"{verb} from {figure(facts.previous, _digits(transition, facts.observed))} to {value}"


def _away(transition: Transition, facts: Facts) -> str:
    """Say how far off a number is, in percent where that means something."""
    off, side = abs(facts.observed - transition.expected), "above" if transition.direction > 0 else "below"
    percent = 100 * off / abs(transition.expected) if transition.expected else math.inf
    if 100 * WORTH_A_SHARE <= percent <= MOST_PERCENT and facts.observed * transition.expected >= 0:
        return f"{figure(percent, 2)} % {side}"
    return f"{figure(off, 3)} {side}"


def _lasting(facts: Facts) -> str:
    if facts.n_off < 2:
        return ""
    more = "more than " if facts.n_off >= WINDOW else ""
    return f", for {more}{_time(facts, facts.n_off - 1)}"


def _time(facts: Facts, n: float) -> str:
    return duration(round(1000 * n * facts.interval_s))


def _usual(transition: Transition, facts: Facts) -> str | None:
    """Say what is usual at this hour, unless the sentence has said it already."""
    if facts.usual is None or facts.statistic in ("moment", "quiet"):
        return None
    return f"{figure(facts.usual, _digits(transition, facts.observed))} is {_then(facts)}"


def _then(facts: Facts) -> str:
    then = datetime.fromtimestamp(facts.timestamp_s, UTC)
    return f"usual {f'on {then:%A}s ' if facts.period == 'week' else ''}at {then:%H}:00"


def _seen_in(facts: Facts) -> str:
    if facts.is_whole_life and facts.memory_s < YOUNG_S:
        return f"seen so far ({span(facts.memory_s)})"
    return f"seen in {_memory(facts)}"


def _before(facts: Facts) -> str:
    return "before" if facts.is_whole_life and facts.memory_s < YOUNG_S else f"in {_memory(facts)}"


def _memory(facts: Facts) -> str:
    return span(facts.memory_s) if facts.is_whole_life else f"more than {span(facts.memory_s)}"


def _digits(transition: Transition, number: float) -> int:
    """Choose digits that tell a number, what was expected and the range apart."""
    numbers = [abs(each) for each in (number, transition.lower, transition.upper) if math.isfinite(each)]
    width = transition.upper - transition.lower
    if not math.isfinite(width):
        width = abs(number - transition.expected)
    return digits_for(max(numbers), width)


SENTENCES: dict[str, Callable[[Transition, Facts, str], str]] = {
    "value": _value,
    "residual_3": _residual_3,
    "level": _level,
    "residual_12": _residual_12,
    "pair": _pair,
    "moment": _moment,
    "quiet": _quiet,
}
"""What each kind of evidence has to say when it leads."""
