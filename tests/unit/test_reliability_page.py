"""docs/reliability.md promises nothing without a test."""

from __future__ import annotations

import ast
import re
from itertools import dropwhile, takewhile
from pathlib import Path

import pytest

from tests.faults.report import BEGIN, CAMPAIGNS, END, render
from tests.faults.result import read


@pytest.fixture(scope="module")
def rows(repository: Path) -> list[list[str]]:
    """Return the cells of each row of the first table."""
    lines = (repository / "docs" / "reliability.md").read_text(encoding="utf-8").splitlines()
    rest = dropwhile(lambda line: not line.startswith("| "), lines)
    table = takewhile(lambda line: line.startswith("| "), rest)
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table][2:]


def test_every_row_has_a_fault_a_promise_and_a_test(rows: list[list[str]]) -> None:
    assert len(rows) >= 3
    assert [row for row in rows if len(row) != 3 or not all(row)] == []


def test_every_test_of_the_table_is_there(rows: list[list[str]], repository: Path) -> None:
    named = [name for row in rows for name in re.findall(r"`(tests/\S+?)::(test_\w+)`", row[2])]
    assert len(named) >= len(rows)
    for path, function in named:
        tree = ast.parse((repository / path).read_text(encoding="utf-8"))
        assert function in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, path


def test_the_campaigns_of_the_page_are_those_that_were_run(repository: Path) -> None:
    page = (repository / "docs" / "reliability.md").read_text(encoding="utf-8")
    shown = page.partition(BEGIN)[2].partition(END)[0].strip()
    assert shown == render(read(CAMPAIGNS))
