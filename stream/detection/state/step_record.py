"""The step record: what the stages of the scorer find out about one record, each in its turn."""

from __future__ import annotations

from typing import Final

import numpy as np

from stream.detection.arrays import N_PARAMETERS, STATISTICS
from stream.detection.field import Cells, fields_of, flag, layout_of, number, real, vector, whole

N_STATISTICS: Final = len(STATISTICS)


class StepFields:
    """Fields of a step, in the order in which the stages fill them."""

    t = whole("Number of the record.")
    x0 = real("First value of its key.")
    expected = real("Forecast made before the record, in the metric's unit; NaN for the first record of a key.")
    centre_before = number(np.float32, "Slow mean after the record before.")
    variance_before = number(np.float32, "Slow variance after the record before.")
    previous_before = number(np.float32, "Value of the record before, less x0.")
    parameters_before = vector(np.float32, N_PARAMETERS, "Mixture forecast for the record.")
    is_clipped = flag("Whether the value is so far off that it is clipped.")
    learned = real("The value, or what was learned in its stead, in the metric's unit.")
    statistics = vector(np.float32, N_STATISTICS, "The five statistics of the record.")
    distances = vector(np.float32, N_STATISTICS, "How far each is from all that its key has shown.")
    extents = vector(np.float32, N_STATISTICS, "How wide that is.")
    surprise = vector(np.float32, N_STATISTICS, "Distances against what is usual for the key, 0 to 20.")
    novelty = real("Score that the five statistics alone would give.")
    value = number(np.float32, "Input 0 of the forecaster.")
    centre = number(np.float32, "Mean of the scale that the record is seen in.")
    spread = number(np.float32, "Deviation of that scale.")
    octave = whole("From one far forecast to the next it is 2 to this power of records.")
    horizon_slot = whole("Where the far forecast for this record stands among those that wait.")
    day_on = flag("Whether the daily baseline is of use.")
    week_on = flag("Whether the weekly baseline is of use.")
    is_hour_seen = flag("Whether this hour of the week has been seen before.")
    is_seasonal_known = flag("Whether the seasonal mean at the far record's time is known.")
    seasonal_mean = number(
        np.float32, "That mean on the inputs' scale, 0 if not known; the far forecast is relative to it."
    )
    typical_change = number(np.float32, "Usual change from record to record in this hour, 0 if not known.")
    contributions = vector(np.float32, N_STATISTICS, "What each statistic adds to the record evidence, in nats.")
    record_evidence = real("How improbable the record is after all that its key has shown, in nats.")
    tail_evidence = real("How improbable it is under the tails, less what has alarmed already, in nats.")
    rarity = real("Tail evidence before what has alarmed already is left out.")
    caution = real("Factor from 1 on for heavy tails of the forecast error: so much more evidence is needed.")
    tail = whole("The most improbable tail, by its place in `TAILS`.")
    weighted_novelty = real("The novelty, less where it was to be expected.")
    record_score = real("Component of the score: record evidence, with its boundary at 1, as of all four.")
    tail_score = real("Component of the score: the tails.")
    seasonal_score = number(np.float32, "Component of the score: deviation from the seasonal forecast.")
    variability_score = number(np.float32, "Component of the score: a flat line.")
    score = real("The largest of the four.")
    alarm = flag("Whether the record opens an alarm.")
    warming = flag("Whether its key has had fewer records than the warm-up before it.")


STEP_RECORD: Final = layout_of(fields_of(StepFields))


class StepRecord(StepFields, Cells):
    """A row of such an array in compiled code."""
