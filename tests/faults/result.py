"""Result of a campaign, as a line of JSON."""

from __future__ import annotations

from pathlib import Path

import msgspec


class Result(msgspec.Struct, kw_only=True, frozen=True):
    """What a campaign did and found.

    Attributes
    ----------
    seed : int
    minutes : float
        Of load.
    n_brokers : int
    is_static : bool
        Whether the workers were static members.
    faults : dict of str to int
        How often each was inflicted.
    n_messages, n_points : int
        On the metrics topic, and points of them that have to be scored.
    n_dead, n_counted : int
        Dead letters, and points that are only counted: repeated and late ones.
    n_repeats : int
        Scores that were written once more after a fault, bit for bit the same.
    n_events, n_states : int
    n_changelog, n_left : int
        Changelog records written, and those that compaction has left.
    exit_codes : dict of str to int
        How processes ended.
    findings : list of str
        Empty if all checkers are content.
    """

    seed: int
    minutes: float
    n_brokers: int
    is_static: bool
    faults: dict[str, int]
    n_messages: int
    n_points: int
    n_dead: int
    n_counted: int
    n_repeats: int
    n_events: int
    n_states: int
    n_changelog: int
    n_left: int
    exit_codes: dict[str, int]
    findings: list[str]


def append(path: Path, result: Result) -> None:
    """Add a result to a file."""
    with path.open("ab") as file:
        file.write(msgspec.json.encode(result) + b"\n")


def read(path: Path) -> list[Result]:
    """Read all results of a file."""
    return [msgspec.json.decode(line, type=Result) for line in path.read_bytes().splitlines() if line]
