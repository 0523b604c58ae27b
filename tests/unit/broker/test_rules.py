"""Rules: which series they are for, and what is said of one that cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.errors import SettingsError
from stream.settings.rules import Rule
from stream.settings.settings import Settings


@pytest.mark.parametrize(
    ("match", "series", "is_for"),
    [
        ("cpu", "cpu", True),
        ("cpu", "cpu-1", False),
        ("host-*/cpu", "host-7/eu/cpu", True),
        ("host-?", "host-10", False),
        ("host-[12]", "host-2", True),
        ("CPU", "cpu", False),
    ],
)
def test_a_pattern_is_compared_with_the_whole_name(match: str, series: str, is_for: bool) -> None:
    assert Rule(match=match).matches(series, None) == is_for


def test_a_rule_for_a_feature_is_not_for_plain_numbers_or_other_features() -> None:
    rule = Rule(match="host-*", feature="cpu*")
    assert [rule.matches("host-1", feature) for feature in ("cpu_user", "mem", None)] == [True, False, False]


def test_rules_are_tables_of_the_file_or_json_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "gauge.toml"
    config.write_text('[[rules]]\nmatch = "*_total"\ntransform = "rate"\n')
    from_file = Settings.load(config).rules
    monkeypatch.setenv("STREAMGAUGE_RULES", '[{"match": "*_total", "transform": "rate"}]')
    assert from_file == Settings.load().rules == (Rule(match="*_total", transform="rate"),)


@pytest.mark.parametrize(
    ("rules", "text"),
    [
        (
            '[{"match": "a"}, {"match": "b", "transform": "exp"}]',
            ", rule 2, transform: expected 'none', 'rate' or 'log'",
        ),
        ('[{"transform": "rate"}]', ", rule 1, match: expected it to be given; found {transform = 'rate'}"),
        ('[{"match": ""}]', ", rule 1, match: expected text; found ''"),
        (
            '[{"match": "a", "transfrom": "log"}]',
            ", rule 1, transfrom: there is no such field; did you mean transform? The fields are match, feature, ",
        ),
        ('[{"match": "a", "x": 1}]', ", rule 1, x: there is no such field. The fields are match, feature, transform"),
        ('["a"]', ", rule 1: expected a table; found 'a'"),
        ('{"match": "a"}', ": expected an array of rules; found {match = 'a'}"),
        ("a=b", ": expected a JSON array such as"),
        ('[{"match": "a", "direction": "up"}]', ", rule 1, direction: expected 'both', 'above' or 'below'; found 'up'"),
        ('[{"match": "a", "min_deviation": -1}]', ", rule 1, min_deviation: expected 0 or more; found -1"),
    ],
)
def test_a_rule_that_cannot_be_used_is_named_with_its_field(
    rules: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STREAMGAUGE_RULES", rules)
    with pytest.raises(SettingsError) as caught:
        Settings.load()
    assert str(caught.value).startswith("STREAMGAUGE_RULES" + text)


@pytest.mark.parametrize(
    ("window", "text"),
    [
        ('{"from": "2026-11-28", "to": "2026-11-29"}', "expected ISO 8601 moments with their offset, such as"),
        ('{"from": "now", "to": "then"}', "expected ISO 8601 moments with date and offset, or `days` beside"),
        ('{"from": "2026-11-29T00:00Z", "to": "2026-11-28T00:00Z"}', "expected a window that ends after it begins"),
        ('{"days": ["sun"], "from": "2026-11-28T00:00Z", "to": "01:00"}', "expected times of day such as 02:30"),
        ('{"days": ["sun"], "from": "01:00+01:00", "to": "02:00"}', "expected times of day without an offset"),
        ('{"days": ["sun"], "from": "01:00", "to": "02:00", "zone": "Mars"}', "expected a zone of this machine's"),
        ('{"from": "2026-11-28T00:00Z", "to": "2026-11-29T00:00Z", "zone": "UTC"}', "expected days such as"),
        ('{"from": "2026-11-28T00:00Z"}', ", to: expected it to be given"),
        ('{"days": ["someday"], "from": "01:00", "to": "02:00"}', "expected 'mon', 'tue'"),
        (
            '{"form": "2026-11-28T00:00Z", "to": "2026-11-29T00:00Z"}',
            ", form: there is no such field; did you mean from? The fields are from, to, days, zone",
        ),
    ],
)
def test_a_window_of_maintenance_that_cannot_be_used_is_named(
    window: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STREAMGAUGE_RULES", f'[{{"match": "a", "maintenance": [{window}]}}]')
    with pytest.raises(SettingsError) as caught:
        Settings.load()
    assert str(caught.value).startswith("STREAMGAUGE_RULES, rule 1, maintenance, window 1")
    assert text in str(caught.value)


def test_windows_are_written_in_toml_as_text_or_as_its_own_times(tmp_path: Path) -> None:
    config = tmp_path / "gauge.toml"
    first = '{ from = 2026-11-28T22:00:00+01:00, to = "2026-11-29T02:00:00+01:00" }'
    second = '{ days = ["sun"], from = 23:30:00, to = "01:00" }'
    config.write_text(f'[[rules]]\nmatch = "a"\nmaintenance = [{first}, {second}]\n')
    ((once, weekly),) = (rule.maintenance or () for rule in Settings.load(config).rules)
    assert [moment.isoformat() for moment in once.moments()] == [
        "2026-11-28T22:00:00+01:00",
        "2026-11-29T02:00:00+01:00",
    ]
    assert [clock.isoformat() for clock in weekly.clocks()] == ["23:30:00", "01:00:00"]


def test_a_time_without_a_date_is_shown_as_it_stands_in_the_file(tmp_path: Path) -> None:
    config = tmp_path / "gauge.toml"
    config.write_text('[[rules]]\nmatch = "a"\nmaintenance = [{ from = 22:00:00, to = 23:00:00 }]\n')
    with pytest.raises(SettingsError, match=r"beside times of day; found \{from = 22:00:00, to = 23:00:00\}$"):
        Settings.load(config)


def test_a_rule_of_the_file_is_named_with_the_file(tmp_path: Path) -> None:
    config = tmp_path / "gauge.toml"
    config.write_text('[[rules]]\nmatch = "a"\ntransform = 1\n')
    with pytest.raises(SettingsError, match=r"^STREAMGAUGE_RULES, rule 1, transform \(rules in .*gauge.toml\): exp"):
        Settings.load(config)


def test_a_budget_that_cannot_be_read_or_comes_twice_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAMGAUGE_RULES", '[{"match": "a", "false_alarms": "seldom"}]')
    with pytest.raises(SettingsError, match="rule 1, false_alarms: expected how many per time or points"):
        Settings.load()
    monkeypatch.setenv("STREAMGAUGE_RULES", '[{"match": "a", "false_alarms": "1 per week", "sensitivity": "low"}]')
    with pytest.raises(SettingsError, match="rule 1: expected false_alarms or sensitivity, which"):
        Settings.load()
