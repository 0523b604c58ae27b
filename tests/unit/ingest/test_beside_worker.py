"""`streamgauge worker --ingest`: what is wrong with its topics is said before a broker is asked."""

from __future__ import annotations

from typing import Any

import pytest
from click.testing import CliRunner, Result

from stream.cli.worker import command
from stream.errors import SettingsError


def invoke(*arguments: Any) -> Result:
    return CliRunner().invoke(command, ["--brokers", "127.0.0.1:1", *arguments])


@pytest.mark.parametrize(
    ("topic", "sentence"),
    [("a=telegraf", "did you mean telegraf-json?"), ("metrics", "a topic that streamgauge itself")],
)
def test_a_worker_refuses_a_wrong_source_before_a_broker_is_asked(topic: str, sentence: str) -> None:
    result = invoke("--ingest", topic)
    assert isinstance(result.exception, SettingsError)
    assert sentence in str(result.exception)
