"""Why: an event of an episode in one line of plain words, of nothing but what is known."""

from __future__ import annotations

import math
from collections.abc import Callable

from stream.detection.facts import Facts
from stream.detection.transition import Change, Transition
from stream.formats.figures import digits_for, duration, figure, observed, span

PREFIXES = {Change.WORSE: "worse: ", Change.AGAIN: "again: ", Change.LASTING: "still: "}


def why(transition: Transition, actual: float) -> str:
    """Say what was seen, what was expected, and what is so unusual about it.

    Parameters
    ----------
    transition : Transition
    actual : float
        The value that caused it.
    """
    if transition.change == Change.CLOSE:
        return _all_clear(transition, actual)
    facts = transition.facts
    parts = [PREFIXES.get(transition.change, "") + _seen(transition, actual, band=True)]
    if facts is not None:
        digits = _digits(transition, actual)
        parts += [phrase for phrase in (PHRASES[facts.statistic](facts, digits), _usual(facts, digits)) if phrase]
    return "; ".join(parts)


def _all_clear(transition: Transition, actual: float) -> str:
    ended = transition.start_ms if transition.end_ms is None else transition.end_ms
    lasted = f"lasted {duration(ended - transition.start_ms)}, highest score {figure(transition.peak_score, 3)}"
    return f"back inside: {_seen(transition, actual, band=False)}; {lasted}"


def _seen(transition: Transition, actual: float, band: bool) -> str:
    value = observed(actual)
    if not math.isfinite(transition.expected):
        of_cutoff = f"the window that ends with {value} is redrawn {figure(transition.score, 3)} times as badly"
        return f"{of_cutoff} as the cut-off allows"
    digits = _digits(transition, actual)
    said = f"{value} where {figure(transition.expected, digits)} was expected"
    if band:
        said += f" (band {figure(transition.lower, digits)} to {figure(transition.upper, digits)})"
    return said


def _digits(transition: Transition, actual: float) -> int:
    """Choose digits that tell the value, the forecast and the ends of its band apart."""
    ends = [actual, transition.lower, transition.upper]
    return digits_for(max(map(abs, ends)), abs(transition.upper - transition.lower))


def _value(facts: Facts, _digits: int) -> str | None:
    if not facts.is_new:
        return None
    if facts.extreme == 0:
        return f"a value not seen in {_memory(facts)}"
    extreme = "highest" if facts.extreme > 0 else "lowest"
    if facts.is_absurd:
        return f"far {'above' if facts.extreme > 0 else 'below'} all that was learned in {_memory(facts)}"
    return f"{extreme} in {_memory(facts)}{', single outliers left out' if facts.has_outliers else ''}"


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


def _usual(facts: Facts, digits: int) -> str | None:
    if facts.usual is None:
        return None
    return f"about {figure(facts.usual, digits)} is usual at this hour of the {facts.period}"


def _memory(facts: Facts) -> str:
    return span(facts.memory_s) if facts.is_whole_life else f"more than {span(facts.memory_s)}"


PHRASES: dict[str, Callable[[Facts, int], str | None]] = {
    "value": _value,
    "residual_3": _residual_3,
    "level": _level,
    "residual_12": _residual_12,
    "pair": _pair,
}
"""What the statistic with the largest share has to say; None where nothing is certain."""
