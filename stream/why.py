"""Why: an event of an episode in one line of plain words, of nothing but what is known."""

from __future__ import annotations

import math
from collections.abc import Callable

from stream.detection.facts import Facts
from stream.detection.transition import Change, Transition
from stream.formats.figures import digits_for, duration, figure, observed, span

PREFIXES = {Change.WORSE: "worse: ", Change.AGAIN: "again: ", Change.LASTING: "still: "}


def why(transition: Transition, actual: float, unit: str = "") -> str:
    """Say what was seen, what was expected, and what is so unusual about it.

    Parameters
    ----------
    transition : Transition
    actual : float
        The value that caused it, or what was judged instead.
    unit : str
        What is said behind it, such as ` a second`.
    """
    seen = _seen(transition, actual, unit)
    if transition.change == Change.CLOSE:
        return f"back inside: {seen}; {_lasted(transition)}"
    said = PREFIXES.get(transition.change, "") + seen
    if transition.facts is None:
        return said
    facts, digits = transition.facts, _digits(transition, actual)
    return "; ".join([said, *filter(None, (_extreme(facts), _unusual(facts, digits), _usual(facts, digits)))])


def _lasted(transition: Transition) -> str:
    ended = transition.start_ms if transition.end_ms is None else transition.end_ms
    return f"lasted {duration(ended - transition.start_ms)}, highest score {figure(transition.peak_score, 3)}"


def _seen(transition: Transition, actual: float, unit: str) -> str:
    value = observed(actual)
    if not math.isfinite(transition.expected):
        times = figure(transition.score, 3)
        return f"the window that ends with {value} is redrawn {times} times as badly as the cut-off allows"
    digits = _digits(transition, actual)
    said = f"{value}{unit} where {figure(transition.expected, digits)} was expected"
    if transition.change == Change.CLOSE:
        return said
    return f"{said} (band {figure(transition.lower, digits)} to {figure(transition.upper, digits)})"


def _unusual(facts: Facts, digits: int) -> str | None:
    """Say what the statistic with the largest share sees; of logarithms, only what needs none of their figures."""
    if facts.is_log and facts.statistic in WITH_FIGURES:
        return None
    return PHRASES[facts.statistic](facts, digits)


def _digits(transition: Transition, actual: float) -> int:
    """Choose digits that tell the value, the forecast and the ends of its band apart."""
    ends = [actual, transition.lower, transition.upper]
    return digits_for(max(map(abs, ends)), abs(transition.upper - transition.lower))


def _extreme(facts: Facts) -> str | None:
    if facts.extreme == 0:
        return None
    if facts.is_absurd:
        return f"far {'above' if facts.extreme > 0 else 'below'} all that was learned in {_memory(facts)}"
    extreme = "highest" if facts.extreme > 0 else "lowest"
    return f"{extreme} in {_memory(facts)}{', single outliers left out' if facts.has_outliers else ''}"


def _value(facts: Facts, _digits: int) -> str | None:
    return f"a value not seen in {_memory(facts)}" if facts.is_new and facts.extreme == 0 else None


def _pair(facts: Facts, digits: int) -> str | None:
    if not facts.is_new:
        return None
    return f"not seen in {_memory(facts)} while the last 24 points were {figure(facts.mean_24, digits)} on average"


def _residual_3(facts: Facts, digits: int) -> str:
    side = "above" if facts.size >= 0 else "below"
    return f"the last 3 points were {figure(abs(facts.size), digits)} {side} expectation on average"


def _residual_12(facts: Facts, digits: int) -> str:
    return f"the last 12 forecasts were {figure(facts.size, digits)} off on average"


def _level(facts: Facts, digits: int) -> str:
    before = facts.mean_24 - facts.size
    return f"the level has moved from {figure(before, digits)} to {figure(facts.mean_24, digits)}"


def _moment(_facts: Facts, _digits: int) -> str:
    return "unusual for this time of the week"


def _quiet(_facts: Facts, _digits: int) -> str:
    return "much quieter than usual"


def _usual(facts: Facts, digits: int) -> str | None:
    if facts.usual is None:
        return None
    return f"about {figure(facts.usual, digits)} is usual at this hour of the {facts.period}"


def _memory(facts: Facts) -> str:
    return span(facts.memory_s) if facts.is_whole_life else f"more than {span(facts.memory_s)}"


WITH_FIGURES = {"residual_3", "residual_12", "level", "pair"}
"""Statistics whose words hold figures that a logarithm would falsify."""

PHRASES: dict[str, Callable[[Facts, int], str | None]] = {
    "value": _value,
    "residual_3": _residual_3,
    "level": _level,
    "residual_12": _residual_12,
    "pair": _pair,
    "moment": _moment,
    "quiet": _quiet,
}
"""What the statistic with the largest share has to say; None where nothing is certain."""
