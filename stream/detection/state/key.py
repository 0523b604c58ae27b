"""The fields that the detector remembers of a key, in the terms of its specification."""

from __future__ import annotations

import numpy as np

from stream.detection.arrays import (
    DAY_SLOTS,
    EMPTY_EXPONENT,
    N_BINS,
    N_COLUMNS,
    N_MAPS,
    N_PARAMETERS,
    N_ROWS,
    N_SIZES,
    N_UNITS,
    OUTLOOK,
    RESIDUAL_WINDOW,
    STATISTICS,
    TAILS,
    WEEK_SLOTS,
    WINDOW,
)
from stream.detection.field import number, real, vector
from stream.detection.state.key_fields import KeyCells, KeyFields

N_STATISTICS, N_TAILS = len(STATISTICS), len(TAILS)


class TransformFields:
    """What is scored instead of the value."""

    x0 = real("First value of the key, in the metric's unit; the other values are stored relative to it.")
    reference = real("The number that the transform needs: see `stream.detection.points.transform`.")
    tendency = vector(np.uint16, 2, "How often a key rises, and falls: see `stream.detection.points.counters`.")
    transform = number(np.uint8, "The `Transform` under which all of this was learned.")
    counter = number(np.uint8, "Whether the points are those of a counter: `stream.detection.points.counters.Counter`.")


class NoveltyFields:
    """What has been seen: histograms, hulls and the usual distance from them."""

    rotation_s = real("Time of the last rotation of the histograms.")
    bits = vector(np.uint64, (2, N_MAPS, N_BINS // 64), "Bins seen; generation 0 is the current one.")
    pair_bits = vector(np.uint64, (2, N_ROWS, N_COLUMNS // 64), "Cells of the pair histogram seen.")
    rotation_t = number(np.uint32, "Record of the last rotation.")
    alarm_t = number(np.uint32, "Record of the last alarm; 0 acts as never.")
    warm_until = number(np.uint32, "After a hole, the record up to which no alarm is raised.")
    base = vector(
        np.int32, N_MAPS, "Bin j covers [(base + j), (base + j + 1)) * 2^exponent.", unseen=(-N_BINS // 2,) * N_MAPS
    )
    pair_base = vector(
        np.int32,
        2,
        "First column (value) and first row (half the mean of 24) of the pair histogram.",
        unseen=(-N_COLUMNS // 2, -N_ROWS // 2),
    )
    magnitude = number(np.float32, "Largest absolute value.")
    z = number(np.float32, "Leaky sum of all distances against what is usual.")
    energy = vector(np.float32, N_STATISTICS, "Usual novelty of each statistic.")
    low = vector(np.float32, N_MAPS, "Lower end of the hull of each statistic, current generation.")
    high = vector(np.float32, N_MAPS, "Its upper end.")
    previous_low = vector(np.float32, N_MAPS, "Lower end of the previous generation.")
    previous_high = vector(np.float32, N_MAPS, "Its upper end.")
    peak = number(np.float32, "Peak of the last alarm.")
    exponent = vector(np.int16, N_MAPS, "Binary exponent of the histograms' bins.", unseen=(EMPTY_EXPONENT,) * N_MAPS)
    pair_exponent = number(np.int16, "The same of the pair histogram.", unseen=EMPTY_EXPONENT)
    occupied = vector(np.uint16, N_MAPS, "Bins set in either generation.")
    absurd_run = number(np.uint8, "Clipped outliers in a row.")
    outliers = number(np.uint8, "1 once a value was left out of what the hulls hold.")


class StatisticFields:
    """Running statistics of the values."""

    last_residual = number(np.float32, "The newest residual.")
    residual_before = number(np.float32, "The residual before it.")
    previous = number(np.float32, "The last value, less x0.")
    change = number(np.float32, "Mean change from record to record.")
    level = number(np.float32, "Slow mean of the values.")
    mean_12 = number(np.float32, "Mean of the last 12 absolute residuals.")
    centre = number(np.float32, "Slow mean, of the scale of the inputs.")
    mean_24 = number(np.float32, "Fast mean.")
    variance = number(np.float32, "Slow variance, of the same scale.")
    variance_24 = number(np.float32, "Fast variance.")
    window = vector(np.float32, WINDOW, "Ring of the last values, less x0.")
    residual_window = vector(np.float32, RESIDUAL_WINDOW, "Ring of the last absolute residuals.")


class SeasonalFields:
    """The seasonal baseline: hours of the day and of the week."""

    week_on_since_s = real("Since when the weekly baseline has been of use without a break; 0 while it is not.")
    slot = vector(np.float32, 2, "Open hour of the day and of the week.")
    slot_count = vector(np.float32, 2, "Records added to it; 0 says that none is open.")
    slot_sum = vector(np.float32, 2, "Sum of its values.")
    slot_deviation = vector(np.float32, 2, "Sum of its absolute deviations.")
    slot_change = number(np.float32, "Sum of the changes in the open hour of the day.")
    profile_error = vector(np.float32, 2, "Usual error of the daily and of the weekly baseline.")
    centre_error = vector(np.float32, 2, "Usual error of the plain mean beside them.")
    profile = vector(np.uint16, DAY_SLOTS + WEEK_SLOTS, "Mean of each hour as a code on the value's grid; 0: unknown.")
    profile_size = vector(
        np.uint8,
        N_SIZES,
        "Codes of the usual deviation of each hour, then of the usual change in the hours of the day.",
    )


class EvidenceFields:
    """What the components of the score remember of earlier events."""

    moment_fast = number(np.float32, "Error of the far forecasts, soon forgotten.")
    moment = number(np.float32, "Error of the far forecasts, slowly forgotten.")
    moment_age = number(np.float32, "Far forecasts compared so far.")
    moment_high = number(np.float32, "Largest usual error, which sets the threshold.")
    moment_peak = number(np.float32, "Peak of the deviation under way.")
    quiet_high = number(np.float32, "The same threshold of the score that tells a flat line.")
    quiet_peak = number(np.float32, "Peak of the flat line under way.")
    event_distance = vector(np.float32, N_STATISTICS, "Leaky sum of the distances of each statistic.")
    event_peak = vector(np.float32, N_STATISTICS, "The largest of it in the event that lasts.")
    event_count = vector(np.float32, N_STATISTICS, "Events so far.")
    event_weight = vector(np.float32, N_STATISTICS, "Events that the usual size is made of.")
    event_sizes = vector(np.float32, N_STATISTICS, "Sum of their sizes.")
    tail_threshold = vector(np.float32, N_TAILS, "Threshold of each tail; its mean while it starts.")
    tail_excess = vector(np.float32, N_TAILS, "Mean excess of the clusters above it.")
    tail_square = vector(np.float32, N_TAILS, "Mean square of that; sum of squares while it starts.")
    tail_rate = vector(np.float32, N_TAILS, "Clusters a record.")
    tail_clusters = vector(np.float32, N_TAILS, "Clusters so far.")
    tail_peak = vector(np.float32, N_TAILS, "Highest excess of the cluster that lasts.")
    tail_largest = vector(np.float32, N_TAILS, "Highest excess before it, which wears off.")
    tail_age = vector(np.uint16, N_TAILS, "1 and the records since the cluster began; 0 for none.")
    tail_alerted = vector(np.uint16, N_TAILS, "1 and the records since it alarmed; 0 for never.")
    tail_gap = vector(np.uint8, N_TAILS, "Records since the threshold was last exceeded.")
    event_age = vector(
        np.uint8, N_STATISTICS, "0 without an event, 1 while the statistic is new, and 1 more for each record since."
    )
    run = vector(np.float32, 2, "Leaky sums of the value's excess above and below.")
    unchanged = number(np.uint16, "Records in a row without a change.")


class ForecastFields:
    """The forecaster's state and its forecasts."""

    forecast = number(np.float32, "Forecast of the next record, less x0.")
    parameters = vector(np.float32, N_PARAMETERS, "Its mixture of three logistics.")
    h = vector(np.float32, N_UNITS, "Hidden state of the LSTM.")
    c = vector(np.float32, N_UNITS, "Cell state of the LSTM.")
    outlook = vector(np.float32, OUTLOOK, "Far forecasts that wait for their record, less x0.")
    outlook_sharpness = vector(np.float32, OUTLOOK, "One over the width of each; 0 where none waits.")


class EpisodeFields:
    """What the key was like before its open episode."""

    episode_reference = number(np.float32, "What was expected where the episode opened, less x0.")
    episode_deviation = number(np.float32, "How far off that the record was.")
    calm_low = number(np.float32, "Lower end of the hull of the values when the key was last calm.")
    calm_high = number(np.float32, "Its upper end.")
    calm_level = number(np.float32, "Level when it was last calm.")
    calm_centre = number(np.float32, "Slow mean when it was last calm.")
    calm_variance = number(np.float32, "Slow variance when it was last calm.")


class DetectorFields(
    EpisodeFields,
    ForecastFields,
    EvidenceFields,
    SeasonalFields,
    StatisticFields,
    NoveltyFields,
    TransformFields,
    KeyFields,
):
    """All that is remembered of a key whose forecaster carries what it remembers in `h` and `c`."""


class Key(DetectorFields, KeyCells):
    """The record of a key as compiled code sees it."""
