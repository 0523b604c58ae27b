"""The fields that the state of a key has, whatever scores it: source, time, and the course of its episode."""

from __future__ import annotations

import numpy as np

from stream.detection.field import Cells, number, real, vector, whole


class KeyFields:
    """Fields of every key."""

    timestamp_s = real("Event time of the last record, in seconds since the epoch.")
    offset = whole("Offset of the last message applied; -1 for none.", unseen=-1)
    episode_start_ms = whole("Event time of the first alarm of the open episode.")
    episode_update_ms = whole("Event time of its last event.")
    episode_calm_ms = whole("Event time of the first record of those that are back inside.")
    t = number(np.uint32, "Records seen.")
    episode_closed_t = number(np.uint32, "Record at which the last episode closed; 0 acts as never.")
    partition = number(np.int32, "Partition of the last message applied; -1 for none.", unseen=-1)
    interval_s = number(np.float32, "Usual time between two records.")
    irregularity = number(np.float32, "Mean deviation from that interval, as a share of it.")
    absence_s = number(np.float32, "Usual length of a long gap between two records.")
    episode_peak = number(np.float32, "Highest score of the open episode.")
    episode_settled = number(
        np.uint16, "Records in a row with an ordinary score while the value stayed off: enough of them end the episode."
    )
    pending_n = number(np.uint16, "Records since a pending episode began.")
    pending_off = number(np.uint16, "How many of these were out of the ordinary.")
    version = number(np.uint8, "Version of the layout.")
    notes = number(np.uint8, "Bits of `stream.detection.points.timeline`, such as `NOTE_IMPUTED`.")
    silence = number(np.uint8, "Whether the series is stale: `stream.detection.points.staleness.Staleness`.")
    episode_direction = number(np.int8, "1 if the open episode is above what was expected, else -1.")
    episode_calm = number(np.uint8, "Records back inside in a row, at most 255.")
    episode_repeats = number(np.uint8, "How often the last episode has reopened.")
    episode_phase = number(np.uint8, "Whether an episode is pending, open, or closed but may reopen: `Phase`.")
    episode_kind = number(np.uint8, "What it is about: `stream.detection.episodes.comparison.AnomalyKind`.")
    episode_severity = number(np.uint8, "Highest `Severity` published for it.")
    episode_held = number(np.uint8, "Why the last alarm opened no episode, while it lasts: `Suppression`.")
    episode_id = vector(np.uint8, 16, "Identifier of the open episode.")


class KeyCells(KeyFields, Cells):
    """Any key's record, as compiled code sees it."""
