"""State: the last changelog record of every key equals the record of an undisturbed single process."""

from __future__ import annotations

from collections.abc import Mapping

from stream.detection.state.record import RECORD
from stream.worker.recovery import source_offset


def check_state(found: Mapping[bytes, bytes], expected: Mapping[bytes, bytes]) -> list[str]:
    """Return the keys whose records differ, byte for byte."""
    missing, more = expected.keys() - found.keys(), found.keys() - expected.keys()
    other = sorted(key for key in expected.keys() & found.keys() if found[key] != expected[key])
    findings = [
        f"state: {kind}: {len(keys)}, such as {sorted(keys)[:3]}"
        for kind, keys in (("no record", missing), ("a record of a key that sent nothing", more))
        if keys
    ]
    if other:
        first = other[0]
        offsets = source_offset(found[first], RECORD), source_offset(expected[first], RECORD)
        findings.append(
            f"state: differs: {len(other)}, such as {first!r}: source offset {offsets[0]}, not {offsets[1]}"
        )
    return findings
