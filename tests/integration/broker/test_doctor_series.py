"""The doctor looks at a series on a broker inside this process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from kafka import KafkaProducer

from stream.cli.doctor.finding import Finding
from stream.cli.doctor.series import examine_series
from stream.formats.points import encode_points
from stream.kafka.clients import producer_options
from stream.kafka.embedded import EmbeddedBroker
from stream.settings.rules import Rule
from stream.settings.settings import Settings

START_MS = 1_700_000_000_000
STEP_MS = 60_000
TOTAL = "host[7]/requests_total"
RATE = Rule(match="*_total", transform="rate")


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    with EmbeddedBroker() as broker:
        settings = broker.with_topics(Settings())
        publish(settings)
        yield settings


def publish(settings: Settings) -> None:
    rng = np.random.default_rng(0)
    counted = np.tile(rng.integers(90, 110, 200).cumsum(), 2)
    producer = KafkaProducer(**producer_options(settings))
    times_ms = START_MS + STEP_MS * np.arange(400)
    producer.send("metrics", encode_points(TOTAL, times_ms.tolist(), counted.tolist()), TOTAL.encode())
    wave = (100 + rng.normal(0, 3, 400)).tolist()
    producer.send("metrics", encode_points("cpu", [*times_ms.tolist(), START_MS], [*wave, 1.0]), b"cpu")
    pairs = [number for at in range(400) for number in (wave[at], float(counted[at]))]
    producer.send("metrics", encode_points("web", times_ms.tolist(), pairs, ("cpu", "hits")), b"web")
    producer.send("metrics", encode_points("young", times_ms[:100].tolist(), wave[:100]), b"young")
    producer.send("metrics", b'{"series": "young", "timestamp": 1700000000000, "value": "high"}', b"young")
    producer.flush()
    producer.close()


def findings(settings: Settings, series: str, *rules: Rule) -> list[Finding]:
    return list(examine_series(settings.model_copy(update={"rules": rules}), series, "beginning"))


def test_a_counter_is_told_with_the_very_lines_of_its_rule(settings: Settings) -> None:
    first, last = findings(settings, TOTAL)
    assert (first.level, first.text.partition(",")[0]) == ("ok", f"{TOTAL}: 400 points")
    assert "a counter (resets: 1)" in last.text
    assert (last.level, "workers do so without a rule" in last.text) == ("ok", True)
    assert last.toml == '[[rules]]\nmatch = "host[[]7]/requests_total"\ntransform = "rate"'


def test_a_counter_that_is_not_to_be_taken_for_one_needs_its_rule(settings: Settings) -> None:
    last = findings(settings, TOTAL, Rule(match="*", counters="off"))[-2]
    assert (last.level, "add this to the file of --config" in last.text) == ("warn", True)


def test_the_lines_of_the_rule_are_a_rule_for_just_this_series(settings: Settings, tmp_path: Path) -> None:
    config = tmp_path / "gauge.toml"
    config.write_text(findings(settings, TOTAL)[-1].toml)
    (rule,) = Settings.load(config).rules
    assert (rule.matches(TOTAL, None), rule.matches("host7/requests_total", None)) == (True, False)
    assert findings(settings, TOTAL, rule)[-1].level == "ok"


def test_a_rule_that_is_set_is_named_and_one_that_does_not_fit_is_told(settings: Settings) -> None:
    *_, right, suppressed = findings(settings, TOTAL, Rule(match="cpu"), RATE)
    assert "rule 2 scores its rate" in right.text
    assert "suppress no anomaly among these points" in suppressed.text
    *_, wrong, _ = findings(settings, "cpu", Rule(match="cpu", transform="rate"))
    assert (wrong.level, "it is no counter" in wrong.text) == ("warn", True)


def test_a_series_that_needs_nothing_is_told_so_with_its_late_points(settings: Settings) -> None:
    first, late, last = findings(settings, "cpu")
    assert first.text.endswith("every 1m00s")
    assert late.text.startswith("late or duplicate points: 1;")
    assert (last.level, "nothing to set" in last.text) == ("ok", True)


def test_each_feature_is_looked_at_and_has_a_rule_of_its_own(settings: Settings) -> None:
    found = findings(settings, "web")
    assert [finding.text.partition(":")[0] for finding in found[::2]] == ["web · cpu", "web · hits"]
    assert 'feature = "hits"\ntransform = "rate"' in found[-1].toml


def test_a_young_series_is_told_when_its_first_score_comes_and_what_was_put_aside(settings: Settings) -> None:
    dead, _, warming, _ = findings(settings, "young")
    assert "wrong_type 1" in dead.text
    assert "warming up, 100 of 300 points: the first score comes in 3h20m" in warming.text


def test_a_name_that_is_not_there_fails_with_the_nearest(settings: Settings) -> None:
    (finding,) = findings(settings, "cqu")
    assert (finding.level, finding.exit_code) == ("fail", 8)
    assert "did you mean cpu?" in finding.text
