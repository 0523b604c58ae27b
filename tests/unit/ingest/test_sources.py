"""Which topics are read, and what the command line says about it."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner

from stream.cli.ingest import command, find_sources, prepare_topics
from stream.errors import BrokerUnreachableError, SettingsError
from stream.ingest.format_records import own_topics
from stream.ingest.formats import AUTO
from stream.ingest.sources import Source, Sources, parse_source
from stream.settings.settings import Settings

NOBODY = "127.0.0.1:1"


def test_a_topic_has_the_format_that_is_named_or_that_of_its_messages() -> None:
    assert parse_source("a=influx") == Source("a", "influx")
    assert parse_source("a") == parse_source("a=auto") == Source("a", AUTO)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("a=telegraf", "did you mean telegraf-json?"), ("a=xml", "expected one of auto, native, "), ("=json", "no topic")],
)
def test_what_is_no_source_is_refused_with_what_there_is(text: str, sentence: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(sentence)):
        parse_source(text)


def test_the_first_source_that_matches_decides() -> None:
    sources = Sources([Source("a-1", "influx"), Source("a-*", "json")])
    assert [sources.format_of(topic) for topic in ("a-1", "a-2")] == ["influx", "json"]
    assert sources.names == ["a-1"]


def test_a_pattern_matches_whole_names_and_none_of_our_own_topics() -> None:
    pattern = re.compile(Sources([Source("metrics*", AUTO), Source("a.b", AUTO)]).pattern(["metrics", "metrics.dlq"]))
    topics = ["metrics", "metrics.dlq", "metrics-x", "metrics.dlq2", "a.b", "a-b", "my-metrics"]
    assert [topic for topic in topics if pattern.match(topic)] == ["metrics-x", "metrics.dlq2", "a.b"]


def test_reading_what_is_written_is_refused_before_a_broker_is_asked() -> None:
    result = CliRunner().invoke(command, ["--brokers", NOBODY, "metrics.dlq"])
    assert isinstance(result.exception, SettingsError)
    assert "--metrics-topic metrics-points" in str(result.exception)


@pytest.mark.parametrize("topic", ["metrics", "anomalies", "gauge-state-changelog", "gauge-ingest-formats"])
def test_no_topic_that_is_ours_is_read_by_a_pattern_for_all(topic: str) -> None:
    pattern = re.compile(Sources([Source("*", AUTO)]).pattern(own_topics(Settings(app_id="gauge"))))
    assert not pattern.match(topic)
    assert pattern.match(f"{topic}-of-others")


def test_a_template_that_names_no_series_is_refused_before_a_broker_is_asked() -> None:
    result = CliRunner().invoke(command, ["--brokers", NOBODY, "--name", "{host}", "telegraf"])
    assert isinstance(result.exception, SettingsError)


def test_a_broker_that_is_not_there_is_named() -> None:
    settings = Settings(brokers=NOBODY)
    with pytest.raises(BrokerUnreachableError, match=NOBODY):
        prepare_topics(settings, find_sources(settings, ["telegraf"]))


def test_it_is_known_beforehand_that_a_registry_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not Sources([parse_source("telegraf")]).has_registered
    monkeypatch.delenv("STREAMGAUGE_SCHEMA_REGISTRY_URL", raising=False)
    result = CliRunner().invoke(command, ["readings=schema-registry"])
    assert isinstance(result.exception, SettingsError)
    assert "STREAMGAUGE_SCHEMA_REGISTRY_URL: not given" in str(result.exception)
