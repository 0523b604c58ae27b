from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from stream.settings.settings import Settings
from stream.settings.sources import to_environment


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "gauge.toml"
    path.write_text('partitions = 3\nmetrics_topic = "from-file"\n')
    return path


def test_a_flag_wins_over_the_environment_which_wins_over_the_file(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STREAMGAUGE_PARTITIONS", "4")
    monkeypatch.setenv("STREAMGAUGE_WARMUP", "40")
    settings = Settings.load(config, warmup="50")
    assert (settings.warmup, settings.partitions, settings.metrics_topic) == (50, 4, "from-file")
    assert settings.level == 0.99


def test_a_flag_that_was_not_given_hides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAMGAUGE_PARTITIONS", "4")
    assert Settings.load(None, partitions=None).partitions == 4


def test_an_empty_variable_counts_as_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAMGAUGE_SCORES_TOPIC", "")
    assert Settings.load().scores_topic is None


def test_settings_made_directly_do_not_read_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAMGAUGE_PARTITIONS", "4")
    assert Settings().partitions == 8


def test_settings_cannot_be_changed() -> None:
    field = "partitions"
    with pytest.raises(ValidationError, match="frozen"):
        setattr(Settings(), field, 9)


def test_the_variables_of_the_tests_are_not_settings_and_no_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAMGAUGE_NAB", "somewhere")
    monkeypatch.setenv("STREAMGAUGE_NAB", "somewhere")
    assert Settings.load() == Settings()


def test_names_that_follow_from_others() -> None:
    settings = Settings(app_id="taxi", metrics_topic="rides")
    assert (settings.changelog_topic, settings.dead_letters) == ("taxi-state-changelog", "rides.dlq")
    assert Settings(dead_letter_topic="refused").dead_letters == "refused"


GIVEN = """
sasl_password = "secret"
sasl_username = "gauge"
sasl_mechanism = "PLAIN"
security_protocol = "SASL_PLAINTEXT"
allow_sasl_without_tls = true
model = "{file}"
warmup = 40
level = 0.95
[[rules]]
match = "*_total"
transform = "rate"
[[rules]]
match = "night-*"
maintenance = [{ days = ["sat", "sun"], from = 22:00:00, to = 02:30:00, zone = "Europe/Berlin" }]
"""


def test_a_process_that_gets_the_settings_as_variables_has_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "gauge.toml"
    config.write_text(GIVEN.replace("{file}", str(config)))
    settings = Settings.load(config)
    for name, text in to_environment(settings).items():
        monkeypatch.setenv(name, text)
    assert Settings.load() == settings
