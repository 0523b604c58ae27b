"""Commands that write to the control topic, without a broker."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from stream.cli import main
from stream.cli.control.episodes import PublishedEpisode
from stream.cli.control.rules import decisions
from stream.cli.control.unmute import find_mute
from stream.cli.control.verdict import EFFECTS
from stream.cli.options import parse_duration
from stream.control.records import Mute
from stream.errors import DataError, SettingsError
from stream.settings.rules import Rule
from tests.unit.formats.make import episode

CONTEXT = click.Context(click.Command("mute"))
MUTES = {name: Mute(by="ann", at=0, id=name, match="*", until=1) for name in ("3fa2c1", "3fb000", "77aa00")}


@pytest.mark.parametrize(("text", "ms"), [("90s", 90_000), ("45m", 2_700_000), ("2h", 7_200_000), ("1w", 604_800_000)])
def test_a_duration_is_a_number_and_a_unit(text: str, ms: int) -> None:
    assert parse_duration(CONTEXT, click.Argument(["duration"]), text) == ms


@pytest.mark.parametrize("text", ["2", "h", "0h", "1.5h", "2 h"])
def test_another_duration_is_refused_with_examples(text: str) -> None:
    result = CliRunner().invoke(main, ["mute", "host-*", text])
    assert result.exit_code == 2
    assert f"expected a time such as 45m, 2h, 3d or 1w, found '{text}'" in result.stderr


def test_a_mute_is_found_by_the_first_digits_of_its_id() -> None:
    assert find_mute(MUTES, "77").id == "77aa00"
    with pytest.raises(DataError, match="2 mutes begin with 3f, expected one: 3fa2c1, 3fb000"):
        find_mute(MUTES, "3f")
    with pytest.raises(DataError, match="found '3fa2c2'; did you mean 3fa2c1"):
        find_mute(MUTES, "3fa2c2")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--transform", "cube"], "transform: expected 'none', 'rate' or 'log'; found 'cube'"),
        (["--min-deviation", "much"], "min_deviation: expected a number; found 'much'"),
        (["--for", "soon"], "for: expected a time such as 90s, 5m, 2h or 1d"),
        (["--sensitivity", "low", "--false-alarms", "1 per 7 days"], "expected false_alarms or sensitivity"),
    ],
)
def test_a_rule_that_says_something_wrong_is_refused_before_a_broker_is_asked(arguments: list[str], text: str) -> None:
    result = CliRunner().invoke(main, ["rules", "set", "r1", "--match", "*", *arguments])
    assert isinstance(result.exception, SettingsError)
    assert text in str(result.exception)


def test_windows_that_are_no_json_are_refused() -> None:
    result = CliRunner().invoke(main, ["rules", "set", "r1", "--match", "*", "--maintenance", "sunday"])
    assert result.exit_code == 2
    assert "expected a JSON array of windows" in result.stderr


def test_the_help_of_a_rule_describes_every_field() -> None:
    text = CliRunner().invoke(main, ["rules", "set", "--help"]).stdout
    for name, field in Rule.model_fields.items():
        assert f"--{(field.alias or name).replace('_', '-')}" in text


def test_each_field_names_the_rule_that_decides_it() -> None:
    rules = [
        ("a", Rule(match="host-*", sensitivity="low")),
        ("b", Rule(match="*", sensitivity="high", transform="log")),
    ]
    assert decisions(rules, "host-7", None) == {"sensitivity": ("low", "a"), "transform": ("log", "b")}
    assert decisions(rules[:1], "db", None) == {}


def test_an_episode_lasts_until_its_close_says_when_it_ended() -> None:
    found = PublishedEpisode(episode(state="open", start=5, timestamp=5), 5)
    for event in (episode(state="update", timestamp=9, start=5), episode(state="close", timestamp=20, end=7, start=5)):
        found.add(event)
    assert found.last_ms == 7


def test_every_verdict_names_its_effect() -> None:
    text = CliRunner().invoke(main, ["verdict", "--help"]).stdout
    assert set(EFFECTS) == {"expected", "false", "real", "none"}
    assert all(f"{word}:" in text for word in EFFECTS)
