"""False-alarm budgets as users write them."""

from __future__ import annotations

import math
import re
from typing import Annotated, Final, Literal, NamedTuple

from pydantic import AfterValidator

Sensitivity = Literal["low", "normal", "high"]

SENSITIVITIES: Final[dict[str, str]] = {"low": "1 per 60 days", "normal": "1 per 30 days", "high": "1 per 5000 points"}
"""The budget that each sensitivity is a name of."""

SECONDS: Final = {"minute": 60.0, "hour": 3_600.0, "day": 86_400.0, "week": 604_800.0}

EXAMPLES: Final = "how many per time or points, such as '1 per 30 days', '2 per week' or '1 per 5000 points'"

_WRITTEN = re.compile(r"(?P<n>\d+) per ((?P<many>\d+) )?(?P<unit>minute|hour|day|week|point)s?")


class Allowance(NamedTuple):
    """One false alarm per time or per points; the other NaN."""

    period_s: float
    points: float


def allowance(text: str) -> Allowance:
    """Read how often a series may alarm for nothing.

    Raises
    ------
    ValueError
        If it is written otherwise; the text says what is expected.
    """
    found = _WRITTEN.fullmatch(text.strip())
    if found is None or not int(found["n"]) or not int(found["many"] or 1):
        raise ValueError(EXAMPLES)
    each = int(found["many"] or 1) / int(found["n"])
    if found["unit"] == "point":
        return Allowance(math.nan, each)
    return Allowance(each * SECONDS[found["unit"]], math.nan)


def _checked(text: str) -> str:
    allowance(text)
    return text.strip()


FalseAlarms = Annotated[str, AfterValidator(_checked)]
