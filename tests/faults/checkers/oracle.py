"""Oracle: scores and episode events equal those of an undisturbed single process."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import TypeVar

from tests.faults.checkers.topics import Outputs, PointId
from tests.faults.checkers.undisturbed import Undisturbed

K = TypeVar("K")


def check_oracle(outputs: Outputs, undisturbed: Undisturbed) -> list[str]:
    """Return the scores and events that differ."""
    scores: defaultdict[PointId, set[bytes]] = defaultdict(set)
    for point, body in outputs.scores:
        scores[point].add(body)
    return [
        *_differences("score", scores, undisturbed.scores),
        *_differences("event", outputs.events, undisturbed.events),
    ]


def _differences(what: str, found: Mapping[K, set[bytes]], expected: Mapping[K, bytes]) -> list[str]:
    kinds = {
        "missing": expected.keys() - found.keys(),
        "that the undisturbed process does not have": found.keys() - expected.keys(),
        "that differs": {each for each in expected.keys() & found.keys() if found[each] != {expected[each]}},
    }
    return [
        f"oracle: {what} {kind}: {len(each)}, such as {sorted(map(str, each))[:3]}"
        for kind, each in kinds.items()
        if each
    ]
