from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from stream.cli.options import with_settings
from stream.settings.settings import Settings


@click.command()
@with_settings("partitions", "create_topics")
@click.option("--json", "as_json", is_flag=True)
def show(settings: Settings, as_json: bool) -> None:
    click.echo(f"{settings.brokers} {settings.partitions} {settings.create_topics} {settings.broker_wait} {as_json}")


def run(*arguments: str) -> str:
    return CliRunner().invoke(show, arguments, catch_exceptions=False).output.strip()


def test_a_command_gets_the_settings_and_its_own_options() -> None:
    assert run("--partitions", "3", "--no-create-topics", "--wait", "--json") == "localhost:9092 3 False True True"


def test_flags_that_were_not_given_leave_the_environment_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAMGAUGE_CREATE_TOPICS", "false")
    monkeypatch.setenv("STREAMGAUGE_BROKERS", "kafka:1")
    assert run() == "kafka:1 8 False False False"


def test_help_says_what_a_setting_is_and_its_default() -> None:
    text = " ".join(run("--help").split())
    assert "--partitions INTEGER Partitions of a topic that we create. [default: 8]" in text


def test_there_is_no_flag_for_a_password_since_others_would_see_it() -> None:
    assert "--sasl-password " not in run("--help")
