"""The table [ingest]: what it takes, what it refuses, and what it makes of messages."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from stream.cli.ingest import with_ingest
from stream.errors import SettingsError
from stream.ingest.samples.series_names import NameTemplate, SeriesNames
from stream.ingest.sources import Sources
from stream.settings.settings import Settings
from tests.unit.ingest.captures import samples_from

T = 1_795_466_329_000
RECEIVED = 1_795_466_330_123

WEATHER: dict[str, Any] = {
    "points": "$.readings[*]",
    "time": "@.at",
    "timestamp_unit": "s",
    "name": "@.kind",
    "values": {"value": "@.v"},
    "labels": {"station": "$.station.id", "sensor": "@['sensor no']"},
}
MESSAGE = {
    "station": {"id": "s-1"},
    "readings": [
        {"at": 1_795_466_329, "kind": "temperature", "v": "21.5", "sensor no": 3},
        {"at": 1_795_466_329, "kind": "humidity", "v": 40},
        {"at": 1_795_466_329, "kind": "pressure", "v": None},
    ],
}


def load(tmp_path: Path, text: str, **flags: object) -> Settings:
    path = tmp_path / "streamgauge.toml"
    path.write_text(text)
    return Settings.load(path, **flags)


def points(value: dict[str, Any], **topic: Any) -> dict[str, tuple[int, float]]:
    """Read a message of a topic with these settings."""
    settings = Settings.model_validate({"ingest": {"topics": [{"topic": "t", **topic}]}})
    reader = (sources := Sources.of(["t"], settings.ingest.topics)).reader_of("t", sources.format_of("t"))
    names = SeriesNames()
    samples = samples_from(reader(json.dumps(value).encode(), RECEIVED))
    return {names.name(sample.name, sample.labels): (sample.timestamp_ms, sample.value) for sample in samples}


def test_paths_say_where_time_values_and_labels_are() -> None:
    assert points(MESSAGE, **WEATHER) == {
        'temperature{sensor="3",station="s-1"}': (T, 21.5),
        'humidity{station="s-1"}': (T, 40.0),
    }


def test_several_values_are_named_by_the_settings_and_a_message_without_a_time_has_its_own() -> None:
    found = points({"a": {"b": [1, 2]}}, values={"first": "$.a.b[0]", "second": "$.a.b[1]", "third": "$.a.b[2]"})
    assert found == {"first": (RECEIVED, 1.0), "second": (RECEIVED, 2.0)}


@pytest.mark.parametrize(
    ("unit", "time"), [("s", 1_795_466_329), ("ms", T), ("us", 1_000 * T), ("ns", 1_000_000 * T), ("s", "1795466329.0")]
)
def test_a_unit_that_is_set_holds_for_every_time(unit: str, time: object) -> None:
    assert points({"ts": time, "x": 1}, format="json", timestamp_unit=unit) == {"x": (T, 1.0)}


def test_a_unit_that_is_set_holds_where_the_size_of_the_number_would_mean_another() -> None:
    """Milliseconds of the year 1972 look like seconds of the year 4000."""
    assert points({"ts": 63_072_000_000, "x": 1}, format="json", timestamp_unit="ms") == {"x": (63_072_000_000, 1.0)}


def test_a_time_without_an_offset_is_of_the_zone_that_is_set() -> None:
    found = points({"time": "2026-11-23 21:38:49", "x": 1}, format="json", timezone="Europe/Berlin")
    assert found == {"x": (T, 1.0)}


def test_a_template_uses_labels_up_and_kept_labels_are_the_only_ones() -> None:
    labels = {"host": "h", "pod": "p", "dc": "d"}
    assert SeriesNames(template=NameTemplate("{host}/{name}")).name("cpu", labels) == 'h/cpu{dc="d",pod="p"}'
    assert SeriesNames(keep_labels=("dc",)).name("cpu", labels) == 'cpu{dc="d"}'
    assert NameTemplate.of("{name}") is None


@pytest.mark.parametrize("text", ["cpu", "{host}", "{name", "{name}{}"])
def test_a_template_that_names_no_series_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match=r"expected text with \{name\}"):
        NameTemplate(text)


@pytest.mark.parametrize("path", ["a", "$a", "$.a..b", "$.a[", "$[x]", ""])
def test_a_path_that_is_none_is_refused_with_what_one_looks_like(path: str) -> None:
    with pytest.raises(SettingsError, match=re.escape("such as $.host.name")):
        points({}, values={"x": path})


def test_the_file_says_what_is_read_and_the_command_line_wins(tmp_path: Path) -> None:
    text = '[ingest]\ndrop_labels = ["pod"]\n[[ingest.topics]]\ntopic = "tele-*"\nformat = "influx"\n'
    settings = load(tmp_path, text)
    known = settings.ingest.topics
    assert Sources.of([], known).format_of("tele-1") == "influx"
    assert Sources.of(["tele-1"], known).format_of("tele-1") == "influx"
    assert Sources.of(["tele-1=json"], known).format_of("tele-1") == "json"
    assert with_ingest(settings, {"drop_labels": ("a",), "keep_labels": ()}).ingest.drop_labels == ("a",)
    assert with_ingest(settings, {"drop_labels": (), "new_series": None}).ingest == settings.ingest


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[ingest]\ndrop_label = ["a"]', "there is no such field; did you mean drop_labels?"),
        ('[[ingest.topics]]\ntopic = "a"\nunit = "s"', "topics, topic 1, unit"),
        ('[[ingest.topics]]\ntopic = "a"\ntimestamp_unit = "h"', "expected 'auto', 's', 'ms', 'us' or 'ns'; found 'h'"),
        ('[[ingest.topics]]\ntopic = "a"\ntimezone = "Mars"', "the name of a time zone such as UTC"),
        ('[[ingest.topics]]\ntopic = "a"\ntime = "$.t"', "values together with time"),
        ('[[ingest.topics]]\ntopic = "a"\nformat = "influx"\ntimezone = "Europe/Berlin"', "format json or native"),
    ],
)
def test_what_is_wrong_in_the_table_is_named_with_its_place(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(sentence)):
        load(tmp_path, text)


def test_nothing_to_read_is_said() -> None:
    with pytest.raises(SettingsError, match=r"expected a TOPIC to read, or \[\[ingest.topics\]\]"):
        Sources.of([], ())
