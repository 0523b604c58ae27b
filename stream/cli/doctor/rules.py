"""The doctor's findings about rules, of the settings and of the control topic."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from difflib import get_close_matches
from typing import Final

from stream.cli.doctor.finding import Finding
from stream.control.reader import read_control
from stream.control.view import ControlView
from stream.detectors import chosen_bundle
from stream.errors import StreamgaugeError, TopicError
from stream.formats.state.key import split_key
from stream.settings.rules import Rule, parse_rule
from stream.settings.settings import Settings

ABOUT: Final = "rules"

N_NAMED: Final = 3


def examine_rules(settings: Settings, keys: Collection[bytes], is_all: bool) -> Iterator[Finding]:
    """Return which rules match none of the series that workers remember.

    Parameters
    ----------
    keys : collection of bytes
        Of the state of each series or feature.
    is_all : bool
        Whether there are no others.
    """
    ignored: list[str] = []
    try:
        view = read_control(settings, ignored.append)
    except TopicError:
        view = ControlView()  # The topics' own finding says that it is not there.
    except StreamgaugeError as error:
        yield Finding(ABOUT, "fail", str(error), error.exit_code)
        return
    rules = {f"rule {record.name} of the control topic": parse_rule(record.rule) for record in view.rules}
    rules |= {f"rule {number}": rule for number, rule in enumerate(settings.rules, start=1)}
    yield from (Finding(ABOUT, "warn", f"ignored: {text}") for text in ignored)
    if rules and is_all:
        yield from _idle(settings, rules, keys)
    elif rules:
        yield Finding(ABOUT, "ok", "not compared: the changelog has more records than are read")


def _idle(settings: Settings, rules: dict[str, Rule], keys: Collection[bytes]) -> Iterator[Finding]:
    bundle = chosen_bundle(settings.model)
    features = bundle.metadata.features if len(bundle.metadata.features) > 1 else ()
    known = [split_key(key) for key in keys]
    names = {series for series, _ in known}
    n_idle = 0
    for label, rule in rules.items():
        if any(rule.matches(series, name) for series, feature in known for name in (feature, *features)):
            continue
        n_idle += 1
        nearest = get_close_matches(rule.match, names, n=N_NAMED)
        advice = f"did you mean {', '.join(nearest)}?" if nearest else "`streamgauge series list` shows the names"
        of = "" if rule.feature is None else f", feature = {rule.feature!r}"
        yield Finding(ABOUT, "warn", f"{label} (match = {rule.match!r}{of}) matches no series: {advice}")
    if not n_idle:
        yield Finding(ABOUT, "ok", f"each of {len(rules)} matches a series")
