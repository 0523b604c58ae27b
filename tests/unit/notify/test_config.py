from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from stream.errors import SettingsError
from stream.notify.config.file import NotifyConfig
from stream.notify.config.routes import QuietHours

SLACK = """
[[receivers]]
name = "chat"
type = "slack"
token = {token}
channel = "C0123456789"

[[routes]]
receivers = ["chat"]
"""


def load(folder: Path, text: str) -> NotifyConfig:
    """Write a file and load it."""
    path = folder / "notify.toml"
    path.write_text(text)
    return NotifyConfig.load(path)


def problems(folder: Path, text: str) -> list[str]:
    """Load a file that is wrong, and give the lines of the error without the file's path."""
    with pytest.raises(SettingsError) as error:
        load(folder, text)
    return [line.replace(f"{folder}/", "") for line in str(error.value).splitlines()]


def test_a_secret_is_read_from_a_variable_or_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_TOKEN", "from the variable")
    secret = tmp_path / "token"
    secret.write_text("from the file\n")

    by_variable = load(tmp_path, SLACK.format(token='{env = "SLACK_TOKEN"}')).receivers[0]
    by_file = load(tmp_path, SLACK.format(token=f'{{file = "{secret}"}}')).receivers[0]

    assert [next(receiver.secrets()).read() for receiver in (by_variable, by_file)] == [
        "from the variable",
        "from the file",
    ]
    assert "from the" not in f"{by_variable!r} {by_file!r}"


def test_a_secret_that_is_written_out_is_refused_and_not_repeated(tmp_path: Path) -> None:
    lines = problems(tmp_path, SLACK.format(token='"xoxb-1"'))

    assert lines == [
        'notify.toml: receivers, number 1, token: expected a reference to the secret, {env = "NAME"} or '
        '{file = "/path"}; found it written out: take it out of the file and renew it'
    ]


def test_a_secret_that_is_not_there_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SLACK_TOKEN", raising=False)

    assert problems(tmp_path, SLACK.format(token='{env = "SLACK_TOKEN"}')) == [
        "notify.toml: receiver 'chat': expected a secret in the variable SLACK_TOKEN; found nothing there"
    ]


def test_every_mistake_of_a_file_has_a_line_of_its_own(tmp_path: Path) -> None:
    text = """
    group_wait = "soon"
    group_by = ["severity"]

    [[receivers]]
    name = "hook"
    type = "webhook"
    url = "ftp://host"

    [[receivers]]
    name = "pager"
    type = "pager"

    [[routes]]
    severity = "bad"
    receivers = ["hook"]
    colour = "red"
    """

    assert problems(tmp_path, text) == [
        "notify.toml: group_by: expected labels that stay the same while an episode lasts; found severity, which rises",
        "notify.toml: group_wait: expected a duration such as 30s, 5m, 4h or 1d",
        "notify.toml: receivers, number 1, url: expected an address such as https://host/path",
        "notify.toml: receivers, number 2: type: expected one of 'webhook', 'slack', 'slack-webhook', 'teams', "
        "'pagerduty', 'opsgenie', 'alertmanager', 'email'; found 'pager'",
        "notify.toml: routes, number 1, severity: expected 'minor', 'major' or 'critical'",
        "notify.toml: routes, number 1, colour: no such key",
    ]


def test_a_route_to_a_receiver_that_is_not_defined_is_an_error(tmp_path: Path) -> None:
    text = '[[receivers]]\nname = "a"\ntype = "webhook"\nurl = "https://a"\n[[routes]]\nreceivers = ["b"]\n'

    assert problems(tmp_path, text) == ["notify.toml: routes, number 1: receiver 'b' is not defined; expected one of a"]


def test_a_secret_is_sent_over_https_or_on_this_machine_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", "0123")
    receiver = (
        '[[receivers]]\nname = "a"\ntype = "pagerduty"\nrouting_key = {{env = "KEY"}}\napi_url = "http://{host}"\n'
    )
    route = '[[routes]]\nreceivers = ["a"]\n'

    load(tmp_path, receiver.format(host="127.0.0.1:1234") + route)

    assert problems(tmp_path, receiver.format(host="proxy.example") + route) == [
        "notify.toml: receivers, number 1, api_url: expected an https address: a secret is sent there"
    ]


@pytest.mark.parametrize("kind", ["webhook", "alertmanager"])
def test_a_token_is_not_sent_in_clear_text(kind: str, tmp_path: Path) -> None:
    receiver = f'[[receivers]]\nname = "a"\ntype = "{kind}"\nurl = "http://other.example"\ntoken = {{env = "KEY"}}\n'

    lines = problems(tmp_path, receiver + '[[routes]]\nreceivers = ["a"]\n')

    assert len(lines) == 1
    assert "url: expected an https address" in lines[0]


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-01-09T21:59", False),  # A Friday.
        ("2026-01-09T22:00", True),
        ("2026-01-10T06:59", True),  # Begun on Friday.
        ("2026-01-10T07:00", False),
        ("2026-01-10T23:00", False),  # Saturday is no day of theirs.
        ("2026-01-11T03:00", False),
    ],
)
def test_quiet_hours_go_on_over_midnight_from_the_day_on_which_they_begin(moment: str, expected: bool) -> None:
    hours = QuietHours.model_validate({"days": ["fri"], "from": "22:00", "to": "07:00"})
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)

    assert hours.contains(round(at.timestamp() * 1000)) is expected


def test_quiet_hours_follow_their_time_zone() -> None:
    hours = QuietHours.model_validate({"from": "22:00", "to": "07:00", "timezone": "Asia/Tokyo"})

    assert hours.contains(round(datetime(2026, 1, 9, 13, 30, tzinfo=UTC).timestamp() * 1000))
    assert not hours.contains(round(datetime(2026, 1, 9, 22, 30, tzinfo=UTC).timestamp() * 1000))
