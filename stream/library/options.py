"""The options of a detector, and what it is made of: a model, a policy, and the rules of its series."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TypeAlias, TypedDict

from pydantic import TypeAdapter, ValidationError

from stream.detection.episodes.verdict import Policy
from stream.detection.policy.budget import Budget
from stream.detection.policy.policy import SeriesPolicy
from stream.detection.scoring.precompile import is_prepared, prepare
from stream.detectors import AnyDetector, build_detector, chosen_bundle
from stream.model import Bundle
from stream.series_policies import series_policy_of
from stream.settings.rules import Rule
from stream.settings.values import allowance

AnyModel: TypeAlias = Bundle | str | PathLike[str] | None
AnyRules: TypeAlias = Sequence[Rule | Mapping[str, object]]

_log = logging.getLogger("streamgauge")
_rules = TypeAdapter(tuple[Rule, ...])


class Options(TypedDict, total=False):
    """How a detector scores, called like the settings of a worker; `AnomalyScorer` explains each."""

    warmup: int
    slow_warmup: int
    max_fill: int
    rewarm: int
    level: float
    false_alarms: str
    rules: AnyRules


@dataclass(frozen=True, slots=True)
class Setup:
    """What a detector is made of, checked."""

    bundle: Bundle
    policy: Policy
    rules: tuple[Rule, ...]

    @classmethod
    def of(
        cls,
        model: AnyModel,
        *,
        warmup: int = 300,
        slow_warmup: int = 64,
        max_fill: int = 3,
        rewarm: int = 24,
        level: float = 0.99,
        false_alarms: str = "1 per 30 days",
        rules: AnyRules = (),
    ) -> Setup:
        """Check the options and load the model: a bundle, the path of one, or None for the one in the package.

        Raises
        ------
        ValueError
            Naming the option, what was expected and what was found.
        ModelError
            If the model is refused.
        """
        counts = {"warmup": warmup, "slow_warmup": slow_warmup, "max_fill": max_fill, "rewarm": rewarm}
        for name, number in counts.items():
            if number < 0:
                raise ValueError(f"{name}: expected 0 or more points, found {number}")
        if not 0 < level < 1:
            raise ValueError(f"level: expected a probability between 0 and 1, found {level}")
        budget, parsed = _budget(false_alarms), _parsed(rules)
        policy = Policy(
            warmup=warmup,
            slow_warmup=slow_warmup,
            max_fill=max_fill,
            rewarm=rewarm,
            level=level,
            bands=True,
            false_alarms=budget,
        )
        return cls(_bundle(model), policy, parsed)

    def scorer(self) -> AnyDetector:
        """Make the scorer, its code compiled."""
        if not is_prepared():
            _log.warning("compiling the detector, once for this version: about half a minute")
        prepare()
        return build_detector(self.bundle, self.policy)

    def series_policies(self, series: str, n_slots: int) -> list[SeriesPolicy]:
        """Return what the rules ask for a series: one treatment, or one for each feature where each has a slot."""
        features = self.bundle.metadata.features if n_slots > 1 else (None,)
        return [series_policy_of(self.rules, series, feature) for feature in features]


def _bundle(model: AnyModel) -> Bundle:
    if isinstance(model, Bundle):
        return model
    return chosen_bundle(None if model is None else Path(model))


def _budget(false_alarms: str) -> Budget:
    try:
        return Budget(*allowance(false_alarms))
    except ValueError as error:
        raise ValueError(f"false_alarms: expected {error}, found {false_alarms!r}") from None


def _parsed(rules: AnyRules) -> tuple[Rule, ...]:
    """Check rules: mappings with the fields of `[[rules]]`."""
    try:
        return _rules.validate_python(tuple(rules))
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)[0]
        number, *field = wrong["loc"]
        place = ", ".join([f"rule {int(number) + 1}", *map(str, field)])
        raise ValueError(f"{place}: {wrong['msg']}; known fields: {', '.join(Rule.model_fields)}") from error
