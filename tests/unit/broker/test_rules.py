"""Rules: which series they are for, and what is said of one that cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.broker.rules import Rule
from stream.broker.settings import Settings
from stream.errors import SettingsError


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
        ('[{"transform": "rate"}]', ", rule 1, match: expected it to be given; found {'transform': 'rate'}"),
        ('[{"match": ""}]', ", rule 1, match: expected text; found ''"),
        ('[{"match": "a", "transfrom": "log"}]', ", rule 1, transfrom: expected a field that docs/settings.md lists"),
        ('["a"]', ", rule 1: expected a table of a rule's fields; found 'a'"),
        ('{"match": "a"}', ": expected an array of rules; found {'match': 'a'}"),
        ("a=b", ": expected a JSON array such as"),
    ],
)
def test_a_rule_that_cannot_be_used_is_named_with_its_field(
    rules: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STREAMGAUGE_RULES", rules)
    with pytest.raises(SettingsError) as caught:
        Settings.load()
    assert str(caught.value).startswith("STREAMGAUGE_RULES" + text)


def test_a_rule_of_the_file_is_named_with_the_file(tmp_path: Path) -> None:
    config = tmp_path / "gauge.toml"
    config.write_text('[[rules]]\nmatch = "a"\ntransform = 1\n')
    with pytest.raises(SettingsError, match=r"^STREAMGAUGE_RULES, rule 1, transform \(rules in .*gauge.toml\): exp"):
        Settings.load(config)
