"""Everything that decodes bytes from outside: a documented refusal, or what an independent reading accepts, too.

`make fuzz` tries many more inputs.
"""

from __future__ import annotations

from random import Random

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.errors import DataError
from stream.events.anomalies import decode_event
from stream.events.episodes import decode_episode, decode_score, encode_score
from stream.ingest.formats import READERS
from stream.notify.alerts.routing import decode_routed
from tests.fuzz.__main__ import main
from tests.fuzz.points import LATEST_MS, POINTS
from tests.fuzz.strict import StrictError, numbers, read_points
from tests.fuzz.tally import one_input
from tests.fuzz.targets import EVENTS, SCORES, targets
from tests.unit.formats.make import SCORE

FAST = {each.name: each for each in targets() if each.name not in READERS}  # Those have tests of their own.
N_EXAMPLES = {"bundle": 2, "state": 20}


@pytest.mark.parametrize("name", FAST)
def test_nothing_but_a_documented_refusal_comes_of_a_mutated_input(name: str) -> None:
    target = FAST[name]

    @settings(max_examples=N_EXAMPLES.get(name, 40))
    @given(st.randoms(use_true_random=False))
    def run(random: Random) -> None:
        target.accepts(target.next_input(random))

    run()


@pytest.mark.parametrize("name", sorted(set(FAST) - {"bundle"}))
def test_every_input_that_mutations_start_from_is_accepted(name: str) -> None:
    accepted = [FAST[name].accepts(each) for each in FAST[name].corpus]
    assert all(accepted) or name in ("csv", "foreign", "state", "feature points")
    assert any(accepted)


@pytest.mark.parametrize(
    "value",
    [
        b'{"series":"a","timestamp":1700000000000,"value":NaN}',
        b'{"series":"a","timestamp":1700000000000,"value":1,"value":2}',
        b'{"series":"a","timestamp":1700000000000,"value":1e19}',
        b'{"series":"b","timestamp":1700000000000,"value":1}',
        b'{"series":"a","timestamp":"2023-11-14T22:13:20","value":1}',
        b'{"series":"a","points":[]}',
        b'{"series":"a","timestamp":1700000000000,"value":true}',
    ],
)
def test_the_strict_reading_refuses_what_the_documentation_refuses(value: bytes) -> None:
    with pytest.raises(StrictError):
        _read(value)


def _read(value: bytes) -> None:
    _, _, values = read_points(b"a", value, LATEST_MS)
    for each in values:
        numbers(each)


def test_an_input_depends_on_seed_and_number_alone() -> None:
    chosen = list(FAST.values())
    assert [one_input(7, n, chosen) for n in range(20)] == [one_input(7, n, chosen) for n in range(20)]
    assert len({one_input(7, n, chosen)[1] for n in range(20)}) > 10


def test_a_failure_is_printed_with_the_command_that_repeats_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(_value: bytes) -> bool:
        raise RecursionError("too deep")

    chosen = [type(FAST["points"])("points", POINTS, crash)]
    for module in ("__main__", "tally"):
        monkeypatch.setattr(f"tests.fuzz.{module}.chosen_targets", lambda _names: chosen)
    done = CliRunner().invoke(main, ["--inputs", "3", "--seed", "5", "--start", "2", "--processes", "1"])
    assert done.exit_code == 1
    assert "FAILED points: RecursionError" in done.output
    assert "--seed 5 --start 2 --inputs 1" in done.output
    assert "3 inputs, 3 failed in 1 ways; to go on: --seed 5 --start 5" in done.output


@pytest.mark.parametrize("decode", [decode_event, decode_episode])
def test_an_event_whose_unknown_field_is_no_utf_8_is_refused(decode: object) -> None:
    assert callable(decode)
    value = EVENTS[0][:-1] + b',"later":"\xe5"}'
    with pytest.raises(DataError):
        decode(value)


def test_a_score_whose_unknown_field_is_no_utf_8_is_refused() -> None:
    with pytest.raises(DataError):
        decode_score(encode_score(SCORE)[:-1] + b',"later":"\xe5"}')


DEEP = b"[" * 3_000
NESTED = {
    "points": [b'{"series":"a","timestamp":1700000000000,"value":' + DEEP, DEEP],
    "foreign": [b'{"fields":' + DEEP, DEEP],
    "control": [b'{"kind":"rule","name":"a","by":"b","at":1,"rule":{"match":' + DEEP],
    "events": [EVENTS[0][:-1] + b',"later":' + DEEP, EVENTS[-1][:-1] + b',"later":' + DEEP],
    "scores": [SCORES[0][:-1] + b',"later":' + DEEP],
    "identity": [b'{"later":' + DEEP],
    "rule bodies": [b'{"rules":[{"match":' + DEEP],
}


@pytest.mark.parametrize("name", NESTED)
def test_json_that_nests_too_deeply_is_refused_and_ends_nobody(name: str) -> None:
    """msgspec raises RecursionError for it: one such message on a topic would end each process that reads it."""
    assert [FAST[name].accepts(value) for value in NESTED[name]] == [False] * len(NESTED[name])


def test_a_routed_event_that_nests_too_deeply_is_refused() -> None:
    with pytest.raises(DataError):
        decode_routed(b'{"later":' + DEEP)
