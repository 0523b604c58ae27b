"""Golden state records: what a layout's release wrote, kept as files.

`python -m tests.unit.changelog.golden_state` writes the file of the layout that the code beside it has. Those of
earlier layouts were written by this file with the sources of their time: `git archive COMMIT stream | tar x -C OLD`,
then `PYTHONPATH=OLD python tests/unit/changelog/golden_state.py`. COMMIT is 4df72bf for 4, b47f048 for 5.
"""

from __future__ import annotations

import base64
import json
import sys
import zlib
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

FOLDER = Path(__file__).parent / "golden"
MARK = 7
START_MS, STEP_MS = 1_700_000_000_000, 60_000
N_HISTORY, N_FEATURES, MODEL = 8, 2, 9

LENGTHS = {"host-1/cpu": 400, "host-2/cpu": 400, "host-3/cpu": 30, "host-4/requests_total": 400}
JUMPS = "host-2/cpu"
"""The series with an open episode."""


def is_there(module: str) -> bool:
    """Check whether a module is beside the `stream` that is imported: another one may be installed."""
    folder = Path(import_module("stream").__file__ or "").parent
    return (folder.parent / Path(*module.split("."))).with_suffix(".py").exists()


def first_of(*modules: str) -> ModuleType:
    """Import the module that is there: some have moved."""
    return import_module(next(module for module in modules if is_there(module)))


def points(series: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the values of a series, the same at every run."""
    rng = np.random.default_rng(list(LENGTHS).index(series))
    minutes = np.arange(LENGTHS[series])
    values = 50 + 10 * np.sin(minutes / 60) + rng.normal(0, 1, len(minutes))
    if series.endswith("_total"):
        return np.cumsum(np.abs(values).round())
    values[-3:] += 60 * (series == JUMPS)
    return np.asarray(values)


def scored() -> tuple[Any, dict[str, np.ndarray[Any, Any]]]:
    """Score the series with the shipped model, and return the state and the record of each."""
    bundle = import_module("stream.model").Bundle.default()
    made = first_of("stream.detectors", "stream.gauges")
    build = made.build_detector if hasattr(made, "build_detector") else made.make_gauge
    detector = build(bundle)
    detector.state.grow(len(LENGTHS))
    for slot, series in enumerate(LENGTHS):
        values = points(series)
        times = START_MS + STEP_MS * np.arange(len(values))
        detector.score(np.full(len(values), slot), times, values)
        detector.state.partition[slot], detector.state.offset[slot] = slot % 2, 1_000 + slot
    records = detector.state.pack(np.arange(len(LENGTHS)))
    return detector.state, {series: records[slot : slot + 1] for slot, series in enumerate(LENGTHS)}


def patterned(blank: np.ndarray[Any, Any], *, marks: tuple[str, ...] = ("version", "model")) -> np.ndarray[Any, Any]:
    """Fill a record with numbers that depend on the names of its fields alone."""
    record = np.array([blank])
    for name in record.dtype.names or ():
        if name not in marks:
            field = record[name]
            rng = np.random.default_rng(zlib.crc32(name.encode()))
            field[...] = rng.integers(0, 100, field.shape)
    return record


def blanks() -> dict[str, np.ndarray[Any, Any]]:
    """Return unseen records of the kinds of windowed models."""
    record = first_of("stream.detection.state.record", "stream.detection.record")
    windows = first_of("stream.detection.state.window_state", "stream.detection.window_state")
    windowed = record.blank(record.layout(N_HISTORY))
    windowed["model"] = MODEL
    return {
        "windowed-forecast": windowed,
        "windowed-reconstruction": windows.blank_window(N_HISTORY, N_FEATURES, MODEL),
    }


def sealed(key: str, record: np.ndarray[Any, Any]) -> bytes:
    """Return the value in the changelog; before layout 5 that is the record alone."""
    if not is_there("stream.formats.state.envelope"):
        return record.tobytes()
    return bytes(import_module("stream.formats.state.envelope").seal(key.encode(), record.tobytes(), MARK))


def entry(kind: str, key: str, record: np.ndarray[Any, Any]) -> dict[str, str]:
    """Return one record as it stands in the file."""
    return {
        "kind": kind,
        "key": key,
        "value": base64.b64encode(zlib.compress(sealed(key, record), 9)).decode(),
    }


def described(layout: np.dtype[Any]) -> list[str]:
    """List the fields of a layout: name, type, shape and place."""
    fields: Mapping[str, Any] = layout.fields or {}
    return [
        f"{name} {fields[name][0].base.str} {fields[name][0].shape} {fields[name][1]}" for name in layout.names or ()
    ]


def main() -> None:
    """Write the file of the layout of the code that is imported."""
    state, records = scored()
    version = int(next(iter(records.values()))["version"][0])
    entries = [entry("stateful-forecast", key, record) for key, record in records.items()]
    entries += [entry(kind, kind, patterned(blank)) for kind, blank in blanks().items()]
    document = {
        "layout": version,
        "mark": MARK,
        "fields": {"stateful-forecast": described(state.layout)}
        | {kind: described(blank.dtype) for kind, blank in blanks().items()},
        "records": entries,
    }
    path = FOLDER / f"layout-{version}.json"
    path.write_text(json.dumps(document, indent=1) + "\n")
    sys.stdout.write(f"wrote {path.name}: {len(entries)} records, {path.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    main()
