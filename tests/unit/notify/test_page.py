"""The page on notifications, and the example of a file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from stream.notify.config.file import NotifyConfig
from stream.notify.config.receivers import AnyReceiver, ReceiverBase
from stream.notify.config.routes import QuietHours, Route

RECEIVERS: tuple[type[ReceiverBase], ...] = get_args(get_args(AnyReceiver)[0])


def rows(model: type[BaseModel], without: set[str]) -> list[str]:
    """Write the rows of a model's table."""
    fields = model.model_fields.items()
    return [f"| `{field.alias or name}` | {field.description} |" for name, field in fields if name not in without]


@pytest.mark.parametrize("model", [NotifyConfig, Route, QuietHours, ReceiverBase, *RECEIVERS])
def test_the_page_lists_every_key_of_the_file(model: type[BaseModel], repository: Path) -> None:
    page = (repository / "docs" / "notify.md").read_text()
    common = {"name", "send_resolved", "type"} if model in RECEIVERS else set()

    assert "\n".join(["| --- | --- |", *rows(model, common), ""]) in page


def test_the_page_has_a_section_of_every_type(repository: Path) -> None:
    page = (repository / "docs" / "notify.md").read_text()

    types = [get_args(model.model_fields["type"].annotation)[0] for model in RECEIVERS]
    assert [f'`type = "{name}"`' for name in types if f'`type = "{name}"`' not in page] == []


def test_the_example_is_a_good_file(repository: Path) -> None:
    config = NotifyConfig.model_validate(tomllib.loads((repository / "examples" / "notify.toml").read_text()))

    assert [route.key for route in config.routes] == ["all", "page", "database", "rest"]
