"""The rows of a batch: a point, its result, its forecast, and how far a key has come.

Rows are gathered with `take`, which copies each as a whole: an index copies it field by field, in 10 to 27 times as
long.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from stream.detection.arrays import N_OUTPUTS, N_UNITS
from stream.detection.field import Cells, fields_of, flag, layout_of, number, real, vector, whole


class PointFields:
    """A point of a key."""

    timestamp_s = real("Event time in seconds since the epoch.")
    value = real("In the metric's unit.")
    delivery_lag_s = real("How long it waited before it was sent.")
    budget = real("Points for which its series may alarm once for nothing; of a prepared point alone.")
    warmup = whole("Records of its key before that may alarm.")
    slow_warmup = whole("The same of a slow key.")
    expected_kinds = number(np.uint8, "Kinds of anomaly that are expected then: bit n for `AnomalyKind` n.")
    in_maintenance = flag("Whether its series is in maintenance then.")
    is_history = flag("Whether it pages nobody.")
    is_prepared = flag("Whether the value is scored as it is: neither time nor transform are looked at, no verdict.")


class ResultFields:
    """What became of a point."""

    analysed = real("What was scored: the value, its rate or its logarithm.")
    actual = real("The value, or its rate; NaN where a rate does not exist.")
    score = real("NaN while the key is warming up.")
    expected = real("Forecast made before it, in the metric's unit.")
    lower = real("Lower end of its band.")
    upper = real("Upper end of its band.")
    reference = real("The number that undoes the transform.")
    lowest = real("Lowest value so far, below which no band goes.")
    n_missing = whole("Points missing in the gap in front of it.")
    outcome = number(np.uint8, "Its `Outcome`.")
    transform = number(np.uint8, "The `Transform` under which it was scored.")
    change = number(np.uint8, "The `Change` of its key's episode that is to be published.")
    severity = number(np.uint8, "The `Severity` of that.")
    is_scored = flag("Whether it was.")
    is_rescaled = flag("Whether the scale of its key is another than before it.")
    is_learned = flag("Whether its key is to begin anew at its present level.")


class ModelAnswerFields:
    """The model's answer to a point, and what it remembers from there on."""

    parameters = vector(np.float32, N_OUTPUTS, "Mixture of the next record, and the far forecast.")
    h = vector(np.float32, N_UNITS, "Hidden state of the LSTM.")
    c = vector(np.float32, N_UNITS, "Cell state of the LSTM.")
    is_known = flag("Whether the model has answered.")


class KeyRunFields:
    """The points of one key, and how far they have come."""

    slot = whole("Its row in the state.")
    series_policy = whole("Its row in the table of policies.")
    next = whole("The point that is under way.")
    end = whole("The point after the last.")
    needs = whole("What it waits for: `Needs`.")
    first_ahead = whole("First place in the batch's `ahead` of points whose inputs are made and forecasts are not.")
    n_ahead = whole("How many these are.")
    trusted_from = whole("The point at which forecasts made ahead were dropped for the last time, or the first.")


POINT: Final = layout_of(fields_of(PointFields))
RESULT: Final = layout_of(fields_of(ResultFields))
FORECAST: Final = layout_of(fields_of(ModelAnswerFields))
KEY_RUN: Final = layout_of(fields_of(KeyRunFields))


class Point(PointFields, Cells):
    """A row of `POINT` as compiled code sees it."""


class Result(ResultFields, Cells):
    """A row of `RESULT` as compiled code sees it."""


class Forecast(ModelAnswerFields, Cells):
    """A row of `FORECAST` as compiled code sees it."""


class KeyRun(KeyRunFields, Cells):
    """A row of `KEY_RUN` as compiled code sees it."""
