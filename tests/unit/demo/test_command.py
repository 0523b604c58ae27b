"""What the command refuses before anything is started."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from stream.cli.demo.command import command
from stream.errors import DataError


def test_nothing_to_play_is_wrong_usage() -> None:
    result = CliRunner().invoke(command, ["--no-scene"])
    assert result.exit_code == 2
    assert "--no-scene leaves nothing to play: name a file with --csv" in result.output


def test_two_files_that_would_be_one_series_are_wrong_usage() -> None:
    result = CliRunner().invoke(command, ["--csv", "monday/cpu.csv", "--csv", "tuesday/cpu.csv"])
    assert result.exit_code == 2
    assert "expected files of different names" in result.output


def test_a_file_that_is_not_there_ends_the_demo_before_it_starts_a_broker() -> None:
    with pytest.raises(DataError, match=r"absent\.csv: expected a readable CSV file"):
        CliRunner().invoke(command, ["--csv", "absent.csv"], catch_exceptions=False)
