"""Layout 5 of the detector's record: as 6, in another order of the fields.

Written by builds between 0.1.0 and 0.2.0. Layout 6 declares each field once in the code and derives the order from
that; all fields and their meanings are the same, so a record is carried over to the bit.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from stream.changelog.layouts.layout import StateLayout, parse_fields

VERSION: Final = 5

WIDE_FIELDS: Final = """
x0 f8
timestamp_s f8
rotation_s f8
week_on_since_s f8
reference f8
offset i8
episode_start_ms i8
episode_update_ms i8
episode_calm_ms i8
bits u8 2x4x4
pair_bits u8 2x66x2
"""
"""Fields of 8 bytes. Those of a windowed forecast follow them, then all others."""

NARROW_FIELDS: Final = """
t u4
rotation_t u4
alarm_t u4
warm_until u4
episode_closed_t u4
partition i4
base i4 4
pair_base i4 2
forecast f4
interval_s f4
magnitude f4
last_residual f4
residual_before f4
z f4
previous f4
change f4
level f4
mean_12 f4
centre f4
mean_24 f4
variance f4
variance_24 f4
moment_fast f4
moment f4
moment_age f4
moment_high f4
moment_peak f4
quiet_high f4
quiet_peak f4
slot f4 2
slot_count f4 2
slot_sum f4 2
slot_deviation f4 2
slot_change f4
profile_error f4 2
centre_error f4 2
energy f4 5
event_distance f4 5
event_peak f4 5
event_count f4 5
event_weight f4 5
event_sizes f4 5
tail_threshold f4 12
tail_excess f4 12
tail_square f4 12
tail_rate f4 12
tail_clusters f4 12
tail_peak f4 12
tail_largest f4 12
run f4 2
low f4 4
high f4 4
previous_low f4 4
previous_high f4 4
peak f4
irregularity f4
absence_s f4
episode_peak f4
episode_reference f4
episode_deviation f4
calm_low f4
calm_high f4
calm_level f4
calm_centre f4
calm_variance f4
parameters f4 9
h f4 32
c f4 32
outlook f4 24
outlook_sharpness f4 24
window f4 24
residual_window f4 12
exponent i2 4
pair_exponent i2
occupied u2 4
tail_age u2 12
tail_alerted u2 12
unchanged u2
tendency u2 2
profile u2 192
episode_settled u2
pending_n u2
pending_off u2
profile_size u1 216
event_age u1 5
tail_gap u1 12
version u1
absurd_run u1
outliers u1
transform u1
notes u1
silence u1
episode_direction i1
episode_calm u1
episode_repeats u1
episode_phase u1
episode_kind u1
episode_severity u1
counter u1
episode_held u1
episode_id u1 16
"""


def layout_5(n_slots: int, n_history: int, model: int) -> StateLayout:
    """Return layout 5 of a model that looks `n_history` records back; `model` is its fingerprint."""
    history = f"history f8 {n_history}\nmodel u8" if n_history else ""
    unseen = np.zeros((), parse_fields("\n".join(filter(None, (WIDE_FIELDS.strip(), history, NARROW_FIELDS.strip())))))
    unseen["version"] = VERSION
    if n_history:
        unseen["model"] = model
    return StateLayout(unseen, n_slots)
