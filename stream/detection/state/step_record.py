"""The judgement: what the stages of the detector say of one record, each in its turn."""

from __future__ import annotations

from typing import Final, Protocol

import numpy as np

from stream.detection.state.layout import N_PARAMETERS, STATISTICS, Float32

N_STATISTICS: Final = len(STATISTICS)

JUDGEMENT: Final = np.dtype(
    [
        ("expected", "<f8"),
        ("x0", "<f8"),
        ("score", "<f8"),
        ("novelty", "<f8"),
        ("new", "<f8"),
        ("record_evidence", "<f8"),
        ("tail_evidence", "<f8"),
        ("rarity", "<f8"),
        ("caution", "<f8"),
        ("records", "<f8"),
        ("tails", "<f8"),
        ("learned", "<f8"),
        ("t", "<i8"),
        ("octave", "<i8"),
        ("place", "<i8"),
        ("tail", "<i8"),
        ("centre_before", "<f4"),
        ("variance_before", "<f4"),
        ("previous_before", "<f4"),
        ("parameters_before", "<f4", N_PARAMETERS),
        ("statistics", "<f4", N_STATISTICS),
        ("distances", "<f4", N_STATISTICS),
        ("extents", "<f4", N_STATISTICS),
        ("surprise", "<f4", N_STATISTICS),
        ("parts", "<f4", N_STATISTICS),
        ("moment", "<f4"),
        ("quiet", "<f4"),
        ("value", "<f4"),
        ("centre", "<f4"),
        ("spread", "<f4"),
        ("usual", "<f4"),
        ("usual_change", "<f4"),
        ("absurd", "?"),
        ("alarm", "?"),
        ("warming", "?"),
        ("day_on", "?"),
        ("week_on", "?"),
        ("familiar", "?"),
        ("sure", "?"),
    ]
)


class Judgement(Protocol):
    """A row of such an array as compiled code sees it."""

    expected: float
    """The forecast made before the record, in the metric's unit; NaN for the first record of a key."""
    x0: float
    t: int
    centre_before: np.float32
    variance_before: np.float32
    previous_before: np.float32
    parameters_before: Float32
    """First value and number of the record, and of the record before what a band is made of."""
    absurd: bool
    """Whether the value is so far off that it is not learned."""
    learned: float
    """The value, or what was learned in its stead, in the metric's unit."""
    statistics: Float32
    distances: Float32
    extents: Float32
    """Of the five statistics: themselves, how far each is from all that its key has shown, and how wide that is."""
    surprise: Float32
    """Distances against what is usual for the key (rho), 0 to 20."""
    novelty: float
    """The score that the five statistics alone would give (C5f)."""
    value: np.float32
    """Input 0 of the forecaster."""
    centre: np.float32
    spread: np.float32
    """The scale that the record is seen in."""
    octave: int
    """From one far forecast to the next it is 2 to this power of records."""
    place: int
    """Where, of the far forecasts that wait, that for this record stands and its own will."""
    day_on: bool
    week_on: bool
    """Whether the profiles of the day and of the week are of use."""
    familiar: bool
    """Whether this hour of the week has been seen before."""
    sure: bool
    """Whether it is known what the moment of the far record shows."""
    usual: np.float32
    """What that moment usually shows, on the inputs' scale: that of the week where it is known, or of the day, or else
    0, the mean of the key. The far forecast is relative to it."""
    usual_change: np.float32
    """Usual change from record to record in this hour of the day, 0 if not known."""
    parts: Float32
    """What each statistic adds to the record evidence, in nats."""
    record_evidence: float
    tail_evidence: float
    """How improbable the record is after all its key has shown, and under its tails less caution, in nats."""
    rarity: float
    """Tail evidence before what has alarmed already is left out."""
    caution: float
    """How much more evidence is asked for because the forecast error has heavy tails, from 1 on."""
    tail: int
    """The most improbable tail, by its place in `TAILS`."""
    new: float
    """The novelty, less where it was to be expected."""
    records: float
    tails: float
    moment: np.float32
    quiet: np.float32
    """The four components of the score, each with its boundary at 1."""
    score: float
    """The largest of them."""
    alarm: bool
    warming: bool
    """Whether the record opens an alarm, and whether its key has had fewer records than the warm-up before it."""
