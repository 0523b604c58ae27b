"""Rule set: what rules and people have decided about series."""

from __future__ import annotations

import zlib
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Self

import msgspec

from stream.control.records import Learn, Verdict
from stream.control.view import ControlView
from stream.detection.policy.policy import SeriesPolicy
from stream.formats.rejections import UNREADABLE
from stream.series_policies import policy_of
from stream.settings.rules import Rule

Subject = tuple[str, str | None]
"""A series, and its feature if there is one."""


class _Document(msgspec.Struct, frozen=True):
    """A rule set as it is stored; each rule as `[[rules]]` in the settings."""

    rules: list[dict[str, Any]]
    verdicts: tuple[Verdict, ...]
    learn_marks: tuple[Learn, ...]


_documents = msgspec.json.Decoder(_Document)


@dataclass(frozen=True)
class RuleSet:
    """Rules, verdicts and learn marks that hold together.

    Attributes
    ----------
    rules : tuple of Rule
        For each field the first that matches decides.
    verdicts : tuple of Verdict
        Those that change something: `expected` and `false`.
    learn_marks : tuple of Learn
    """

    rules: tuple[Rule, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    learn_marks: tuple[Learn, ...] = ()
    _verdicts: dict[Subject, list[Verdict]] = field(init=False, repr=False, compare=False)
    _learn_ms: dict[Subject, int] = field(init=False, repr=False, compare=False)
    _policies: dict[tuple[int, ...], SeriesPolicy] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Index verdicts and marks by series."""
        by_subject: dict[Subject, list[Verdict]] = defaultdict(list)
        for verdict in self.verdicts:
            by_subject[verdict.series, verdict.feature].append(verdict)
        object.__setattr__(self, "_verdicts", dict(by_subject))
        object.__setattr__(self, "_learn_ms", {(mark.series, mark.feature): mark.from_ms for mark in self.learn_marks})

    @classmethod
    def of(cls, view: ControlView, rules: tuple[Rule, ...]) -> Self:
        """Combine rules with the verdicts and marks of the control topic."""
        verdicts = (each for each in view.verdicts.values() if each.verdict != "real")
        return cls(
            rules,
            tuple(sorted(verdicts, key=lambda verdict: verdict.episode)),
            tuple(sorted(view.learn_marks, key=lambda mark: mark.subject)),
        )

    def policy(self, series: str, feature: str | None) -> SeriesPolicy:
        """Return what the rules alone decide; series that the same rules match share it."""
        matching = tuple(n for n, rule in enumerate(self.rules) if rule.matches(series, feature))
        if matching not in self._policies:
            self._policies[matching] = policy_of([self.rules[n] for n in matching])
        return self._policies[matching]

    def verdicts_of(self, series: str, feature: str | None) -> list[Verdict]:
        """Return the verdicts on episodes of a series."""
        return self._verdicts.get((series, feature), [])

    def learn_ms(self, series: str, feature: str | None) -> int:
        """Return the learn mark of a series, of all its features or of this one; 0 for none."""
        return max(self._learn_ms.get((series, feature), 0), self._learn_ms.get((series, None), 0))

    def encode(self) -> bytes:
        """Write it as compressed JSON."""
        rules = [rule.model_dump(mode="json", by_alias=True, exclude_none=True) for rule in self.rules]
        return zlib.compress(msgspec.json.encode(_Document(rules, self.verdicts, self.learn_marks)))

    @classmethod
    def decode(cls, value: bytes) -> Self:
        """Read what `encode` wrote.

        Raises
        ------
        ValueError
            If it is something else.
        """
        try:
            found = _documents.decode(zlib.decompress(value))
        except (zlib.error, *UNREADABLE) as error:
            raise ValueError(f"expected compressed JSON, found {error}") from error
        return cls(tuple(map(Rule.model_validate, found.rules)), found.verdicts, found.learn_marks)
