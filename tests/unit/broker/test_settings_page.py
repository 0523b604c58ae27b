from __future__ import annotations

from pathlib import Path

from pydantic.fields import FieldInfo

from stream.settings.commands import IngestSettings, IngestTopic
from stream.settings.rules import Rule
from stream.settings.settings import Settings
from stream.settings.sources import variable


def row(name: str, field: FieldInfo) -> str:
    text = str(field.default).lower() if isinstance(field.default, bool) else str(field.default)
    default = "" if field.default in (None, (), IngestSettings()) else f"`{text}`"
    return f"| `{variable(name)}` | `{name}` | {default} | {field.description} |"


def test_the_page_lists_every_setting_with_its_default_and_what_it_does(repository: Path) -> None:
    expected = [row(name, field) for name, field in Settings.model_fields.items()]
    page = (repository / "docs" / "settings.md").read_text().splitlines()
    assert [line for line in page if line.startswith("| `STREAMGAUGE_")] == expected


def test_the_page_lists_every_field_of_a_rule(repository: Path) -> None:
    expected = [f"| `{field.alias or name}` | {field.description} |" for name, field in Rule.model_fields.items()]
    page = (repository / "docs" / "settings.md").read_text().splitlines()
    start = page.index("| field of a rule | what it is |") + 2
    assert page[start : start + len(expected) + 1] == [*expected, ""]


def test_every_setting_is_described_in_one_sentence() -> None:
    descriptions = [field.description or "" for field in [*Settings.model_fields.values(), *Rule.model_fields.values()]]
    assert all(text.endswith(".") and text[0].isalnum() for text in descriptions)


def test_the_page_of_ingest_lists_every_field_of_a_topic(repository: Path) -> None:
    expected = [f"| `{name}` | {field.description} |" for name, field in IngestTopic.model_fields.items()]
    page = (repository / "docs" / "ingest.md").read_text().splitlines()
    start = page.index("| field of a topic | what it is |") + 2
    assert page[start : start + len(expected) + 1] == [*expected, ""]
