"""The kinds: how each series is made, how it is treated, and what a user does about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from stream.detection.policy.policy import SeriesPolicy, Transform
from training.evaluation.awkward import generators
from training.evaluation.awkward.series import LabelledSeries

PLAIN, RATE, LOG = SeriesPolicy(), SeriesPolicy(Transform.RATE), SeriesPolicy(Transform.LOG)
FITTING = "Nothing to set."


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of awkward series under one treatment."""

    name: str
    make: Callable[[np.random.Generator], LabelledSeries]
    """Draws one."""
    description: str
    """What it is; what is planted."""
    advice: str = FITTING
    """What a user does about it."""
    series_policy: SeriesPolicy = PLAIN


COUNTER = Kind(
    "counter with resets",
    generators.counter,
    "requests since the process began, which it does four times; requests come three times as fast for 10 points",
    'Nothing to set: once it has shown that it is a counter, its rate is scored. With `counters = "off"` every value '
    "is a new one, and no fault is found.",
)
TAILS = Kind(
    "heavy tails",
    generators.heavy_tails,
    "latencies, one in a thousand 20 times the usual one; all five times as long for 20 points",
    "Outliers as large are normal here, so no fault of that size is found. "
    '`transform = "log"` finds some; `sensitivity = "high"` finds half of them, with more false alarms.',
)
GROWTH = Kind(
    "exponential growth",
    generators.exponential,
    "users, twice as many every 700 points; half of them gone for 10 points",
    'The errors of its forecast grow with it, which looks like heavy tails. Set `transform = "log"`.',
)
TINY = Kind(
    "values of 1e-300",
    generators.times(1e-302),
    "the daily load in a unit that is much too large",
    'Nothing below 1e-11 counts as news, and nothing breaks. Publish a smaller unit, or set `transform = "log"`.',
)

KINDS = (
    Kind("constant", generators.constant, "42; 43 for 10 points"),
    Kind(
        "near-constant",
        generators.near_constant,
        "4.0, one point in a hundred 1 % off; 3 % off for 10 points",
        'The first is found, later ones may not be: `sensitivity = "high"` finds all. If steps so small do not matter '
        "to you, set `min_deviation`.",
    ),
    Kind(
        "0 and 1",
        generators.binary,
        "a check that fails once in fifty times; it fails for an hour",
        "Both values are known, so only how long one lasts can be news: publish the share of failures in five "
        "minutes, which has more information.",
    ),
    Kind("integer counts", generators.counts, "3 errors a minute on the average; 25 for 10 points"),
    Kind(
        "sparse",
        generators.sparse,
        "0, one point in fifty a batch of 100; batches without a pause for 20 points",
        'More of the same batches is often no news. `sensitivity = "high"` finds nearly all of them; a longer `warmup` '
        "then keeps the first batches of a young key quiet.",
    ),
    COUNTER,
    replace(COUNTER, series_policy=RATE, advice=FITTING),
    Kind(
        "random walk",
        generators.random_walk,
        "a queue that wanders; 40 of its steps off for 10 points",
        "Nothing to set. A new highest value is news as often as there is one, less and less with age.",
    ),
    Kind(
        "level steps",
        generators.level_steps,
        "a level that moves within its range every 300 points; half as high again as ever for 10 points",
        "A level never held before is news once. Steps look like heavy tails: a second fault at the level of the first "
        'is mostly missed. `sensitivity = "high"` finds more, with more false alarms.',
    ),
    TAILS,
    replace(TAILS, series_policy=LOG),
    Kind(
        "daily and noise", generators.daily_noise, "load by day and night, every 5 minutes; an outage of half an hour"
    ),
    Kind("irregular times", generators.irregular, "the same, measured at times by chance; an outage of 6 points"),
    Kind("gaps", generators.gaps, "the same, one to three points missing in fifty; an outage"),
    Kind("2-day holes", generators.hole, "the same, without two days, twice; an outage before and some hours after"),
    Kind(
        "NaN records",
        generators.not_a_number,
        "the same, one point in fifty NaN; an outage",
        "Nothing to set: they are in the dead letters, their neighbours are scored. Better leave them out.",
    ),
    GROWTH,
    replace(GROWTH, series_policy=LOG, advice=FITTING),
    Kind("1-second interval", generators.every_second, "a hundred minutes of a slow load; ten deviations off for 10 s"),
    Kind(
        "1-day interval",
        generators.every_day,
        "sales, few at weekends; next to none for three days",
        "Nothing to set: its first score comes after 64 days, and until 300 it needs more evidence than later.",
    ),
    Kind(
        "summer time",
        generators.summer_time,
        "load by the local clock every hour, times in UTC, both changes of the clocks; an outage of 3 hours",
        "Nothing to set. An hour's shift may be news once; a maintenance window over the night keeps it quiet.",
    ),
    Kind(
        "values of 1e300",
        generators.times(1e298),
        "the daily load in a unit that is much too small",
        "Refused with the reason `value_too_large`, like all above 1e18, whose squares float32 cannot add up: publish "
        "a larger unit.",
    ),
    Kind("values of 1e16", generators.times(1e14), "the daily load in a small unit"),
    Kind("values of 1e-10", generators.times(1e-12), "the daily load in a large unit"),
    TINY,
    replace(TINY, series_policy=LOG, advice=FITTING),
    Kind("jump of 1e6 ranges", generators.absurd_value, "the daily load, one value absurd; that value, and outages"),
)
