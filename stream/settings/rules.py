"""Rules for series whose names match a pattern."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_settings import NoDecode

from stream.errors import SettingsError
from stream.settings.maintenance import MaintenanceWindow
from stream.settings.sources import explain_table
from stream.settings.values import FalseAlarms, Lasting, Sensitivity


class Rule(BaseModel):
    """One `[[rules]]` table: a pattern and its decisions.

    A field that is not given decides nothing. For each field the first matching rule that gives it decides.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, allow_inf_nan=False, populate_by_name=True
    )

    match: str = Field(
        min_length=1, description="Pattern of the series' whole name: `*`, `?` and `[abc]` as in a shell, case counts."
    )
    feature: str | None = Field(
        default=None, min_length=1, description="Pattern of the feature's name; such a rule is for features alone."
    )
    transform: Literal["none", "rate", "log"] | None = Field(
        default=None, description="What is scored instead of the value: `rate` of a counter, `log`, or `none`."
    )
    min_deviation: float | None = Field(
        default=None, ge=0, description="How far off, in the series' unit, an anomaly is at least to become an episode."
    )
    min_deviation_share: float | None = Field(
        default=None, ge=0, description="The same as a share of the expected value: 0.2 is 20 %; both must be reached."
    )
    direction: Literal["both", "above", "below"] | None = Field(
        default=None, description="Which way an anomaly has to go to become an episode."
    )
    lasting: Lasting | None = Field(
        default=None,
        alias="for",
        description="How long an anomaly has to last to become an episode: a time such as `5m`, or a number of points.",
    )
    minimum: float | None = Field(
        default=None, description="Lowest value that the series can show; no band goes below."
    )
    maximum: float | None = Field(
        default=None, description="Highest value that the series can show; no band goes above."
    )
    counters: Literal["auto", "off"] | None = Field(
        default=None,
        description="Whether a series that proves to be a counter is scored by its rate: `auto`, or `off`.",
    )
    false_alarms: FalseAlarms | None = Field(
        default=None, description="How often it may alarm for nothing, such as `1 per 7 days` or `1 per 5000 points`."
    )
    sensitivity: Sensitivity | None = Field(
        default=None, description="The same in a word, `low`, `normal` or `high`; give one of the two."
    )
    silent_after: float | None = Field(
        default=None, ge=0, description="Usual intervals without a point after which it is silent; 0 for never."
    )
    maintenance: tuple[MaintenanceWindow, ...] | None = Field(
        default=None, description="Windows of `from` and `to` in which it is neither scored nor learned: see below."
    )

    @model_validator(mode="after")
    def _has_one_budget(self) -> Self:
        if self.false_alarms is not None and self.sensitivity is not None:
            raise ValueError("false_alarms or sensitivity, which is a name of one; not both")
        return self

    def matches(self, series: str, feature: str | None) -> bool:
        """Check whether the rule matches a series or feature."""
        if self.feature is not None and (feature is None or not fnmatchcase(feature, self.feature)):
            return False
        return fnmatchcase(series, self.match)


def _tables(value: object) -> object:
    """Parse JSON of an environment variable; pass tables through."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError as error:
        raise ValueError(f'a JSON array such as [{{"match": "*_total", "transform": "rate"}}] ({error})') from error


Rules = Annotated[tuple[Rule, ...], NoDecode, BeforeValidator(_tables)]

TABLES = {
    "rules": tuple(Rule.model_fields),
    "maintenance": tuple(field.alias or name for name, field in MaintenanceWindow.model_fields.items()),
}
"""Fields of each array of tables, as they are written in a file."""


def parse_rule(fields: Mapping[str, object]) -> Rule:
    """Check the fields of one rule.

    Raises
    ------
    SettingsError
        With a sentence for each field that is wrong.
    """
    try:
        return Rule.model_validate(fields)
    except ValidationError as errors:
        raise SettingsError(explain_table(errors, "rules", TABLES)) from None
