from __future__ import annotations

from stream.cli.worker import command
from stream.settings.commands import NotifySettings, PageSettings
from stream.settings.settings import Settings

WITHOUT_FLAG = {"sasl_password", "ssl_key_password", "schema_registry_password", "rules"}
"""A password would be seen by others; rules are tables of a file."""

OF_OTHERS = {*NotifySettings.model_fields, *PageSettings.model_fields}
"""Settings of commands beside the worker."""


def test_every_setting_of_a_worker_can_be_given_as_a_flag() -> None:
    flags = {parameter.name for parameter in command.params}
    assert set(Settings.model_fields) - flags == WITHOUT_FLAG | OF_OTHERS
