"""What a detector is made of: a model, a policy, and the rules of its series."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TypeAlias

from pydantic import TypeAdapter, ValidationError

from stream.detection.episodes.verdict import Policy
from stream.detection.scoring.precompile import is_prepared, prepare
from stream.detection.state.budget import Budget
from stream.gauges import AnyGauge, make_gauge
from stream.model import Bundle
from stream.settings.false_alarms import allowance
from stream.settings.rules import Rule

AnyModel: TypeAlias = Bundle | str | PathLike[str] | None
AnyRules: TypeAlias = Sequence[Rule | Mapping[str, object]]

_log = logging.getLogger("streamgauge")
_rules = TypeAdapter(tuple[Rule, ...])


def load_bundle(model: AnyModel) -> Bundle:
    """Load the model of a detector: a bundle, the path of one, or None for the one in the package."""
    if isinstance(model, Bundle):
        return model
    return Bundle.default() if model is None else Bundle.load(Path(model))


def make_policy(
    *, warmup: int, slow_warmup: int, max_fill: int, rewarm: int, level: float, false_alarms: str
) -> Policy:
    """Check the numbers of a policy; every point gets its band.

    Raises
    ------
    ValueError
        Naming the option, what was expected and what was found.
    """
    counts = {"warmup": warmup, "slow_warmup": slow_warmup, "max_fill": max_fill, "rewarm": rewarm}
    for name, number in counts.items():
        if number < 0:
            raise ValueError(f"{name}: expected 0 or more points, found {number}")
    if not 0 < level < 1:
        raise ValueError(f"level: expected a probability between 0 and 1, found {level}")
    try:
        budget = Budget(*allowance(false_alarms))
    except ValueError as error:
        raise ValueError(f"false_alarms: expected {error}, found {false_alarms!r}") from None
    return Policy(
        warmup=warmup,
        slow_warmup=slow_warmup,
        max_fill=max_fill,
        rewarm=rewarm,
        level=level,
        bands=True,
        false_alarms=budget,
    )


def parse_rules(rules: AnyRules) -> tuple[Rule, ...]:
    """Check rules: mappings with the fields of a `[[rules]]` table of the settings.

    Raises
    ------
    ValueError
        Naming the rule and the field.
    """
    try:
        return _rules.validate_python(tuple(rules))
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)[0]
        number, *field = wrong["loc"]
        place = ", ".join([f"rule {int(number) + 1}", *map(str, field)])
        raise ValueError(f"{place}: {wrong['msg']}; known fields: {', '.join(Rule.model_fields)}") from error


def make_scorer(bundle: Bundle, policy: Policy) -> AnyGauge:
    """Make the scorer of a bundle, its code compiled."""
    if not is_prepared():
        _log.warning("compiling the detector, once for this version: about half a minute")
    prepare()
    return make_gauge(bundle, policy)
