from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from stream.cli.notify.command import command
from stream.errors import DataError, SettingsError

FILE = """
[[receivers]]
name = "pager"
type = "pagerduty"
routing_key = {env = "PAGER_KEY"}
api_url = "http://127.0.0.1:9"

[[receivers]]
name = "hook"
type = "webhook"
url = "http://127.0.0.1:9/hook"

[[routes]]
name = "worst"
severity = "critical"
series = "host-*"
receivers = ["pager", "hook"]

[[routes]]
name = "rest"
receivers = ["hook"]
group_by = ["team"]
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Write a file, and set its secret."""
    monkeypatch.setenv("PAGER_KEY", "not for the screen")
    path = tmp_path / "notify.toml"
    path.write_text(FILE)
    return str(path)


def test_a_good_file_is_shown_without_its_secrets(file: str) -> None:
    lines = CliRunner().invoke(command, ["check", file], catch_exceptions=False).output.splitlines()

    assert lines[0] == "receiver pager: pagerduty, secret in the variable PAGER_KEY"
    assert "route rest to hook: by team; wait 10s, interval 1m00s, repeat 4h00m" in lines
    assert lines[-1] == "good: 2 receivers, 2 routes, all secrets are there"
    assert "not for the screen" not in "\n".join(lines)


def test_it_is_shown_to_whom_a_series_goes(file: str) -> None:
    run = CliRunner().invoke(command, ["check", file, "--series", "host-7/cpu"], catch_exceptions=False)

    assert run.output.splitlines() == [
        "minor: hook (route rest)",
        "major: hook (route rest)",
        "critical: pager, hook (route worst)",
        "silent: hook (route rest)",
    ]


def test_a_file_that_is_not_there_is_an_error_of_the_settings() -> None:
    run = CliRunner().invoke(command, ["check", "nowhere.toml"])

    assert isinstance(run.exception, SettingsError)
    assert str(run.exception) == "nowhere.toml: cannot be read: No such file or directory"


def test_a_receiver_that_does_not_answer_fails_the_test_notification(file: str) -> None:
    run = CliRunner().invoke(command, ["test", file, "hook"])

    assert isinstance(run.exception, DataError)
    assert str(run.exception).startswith("hook did not take the test notification: no answer: ConnectError")


def test_a_start_without_a_file_names_the_flag() -> None:
    run = CliRunner().invoke(command, [])

    assert isinstance(run.exception, SettingsError)
    assert "--file notify.toml" in str(run.exception)
