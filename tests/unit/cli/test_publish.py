from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from stream.cli.publish import command
from stream.errors import BrokerUnreachableError

NOBODY = "127.0.0.1:1"
"""A port where nobody listens."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "taxi.csv"
    path.write_text("timestamp,value\n2014-07-01 00:00:00,1\n")
    return path


def publish(*arguments: str | Path) -> Result:
    return CliRunner().invoke(command, ["csv", "--brokers", NOBODY, *map(str, arguments)])


@pytest.mark.parametrize("columns", ["foo=1", "value", "value=", "value=a,value=b", "timestamp=a;value=b=c,", "=a"])
def test_columns_that_name_no_part_of_a_point_are_refused(file: Path, columns: str) -> None:
    result = publish("--columns", columns, file)
    assert result.exit_code == 2
    assert "expected timestamp=NAME,value=NAME,series=NAME or some of them, found " in result.output


@pytest.mark.parametrize("features", ["", "cpu,", "cpu,cpu", "cpu, cpu", "x" * 257])
def test_features_without_different_names_are_refused(file: Path, features: str) -> None:
    result = publish("--features", features, file)
    assert result.exit_code == 2
    assert "expected different names, such as cpu,mem, found " in result.output


def test_a_column_of_values_and_features_are_not_asked_for_at_once(file: Path) -> None:
    result = publish("--features", "cpu,mem", "--columns", "value=cpu", file)
    assert result.exit_code == 2
    assert "--features and --columns value=NAME exclude each other" in result.output


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../../etc/passwd", "UTC+1"])
def test_a_time_zone_that_is_not_known_is_refused(file: Path, zone: str) -> None:
    result = publish("--timezone", zone, file)
    assert result.exit_code == 2
    assert f"expected a time zone such as UTC or Europe/Berlin, found '{zone}'" in result.output


@pytest.mark.parametrize("option", [("--rate", "0"), ("--rate", "fast"), ("--batch", "0"), ("--batch", "1.5")])
def test_a_pace_or_a_batch_that_is_no_positive_number_is_refused(file: Path, option: tuple[str, str]) -> None:
    result = publish(*option, file)
    assert result.exit_code == 2
    assert f"Invalid value for '{option[0]}'" in result.output


def test_a_file_that_is_not_there_is_named_before_a_broker_is_asked(tmp_path: Path) -> None:
    result = publish(tmp_path / "none.csv")
    assert result.exit_code == 2
    assert "none.csv' does not exist" in result.output


def test_without_a_file_the_command_says_how_it_is_used() -> None:
    assert "Missing argument 'FILE...'" in publish().output


def test_a_broker_that_is_not_there_is_an_error_of_its_own(file: Path) -> None:
    assert isinstance(publish("--columns", "timestamp=1, value=2", file).exception, BrokerUnreachableError)


def test_help_shows_examples_on_lines_of_their_own() -> None:
    output = CliRunner().invoke(command, ["csv", "--help"]).output
    assert "\n    streamgauge publish csv nyc_taxi.csv\n" in output
