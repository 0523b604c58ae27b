from __future__ import annotations

from stream.cli.worker import command
from stream.settings.settings import Settings

WITHOUT_FLAG = {"sasl_password", "ssl_key_password", "rules", "control_topic", "notify_file"}
"""A password would be seen by others; rules are tables of a file; the worker has no notifications."""


def test_every_setting_of_a_worker_can_be_given_as_a_flag() -> None:
    flags = {parameter.name for parameter in command.params}
    assert set(Settings.model_fields) - flags == WITHOUT_FLAG
