"""The code on docs/library.md runs, and the page names what the library has."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from stream import Backtest

SERIES = "stream/nab/nyc_taxi.csv.gz"
N_LINES = 6_100
"""Of the series that the page scores: what the page looks at lies among them, and what comes later changes no score."""


@pytest.fixture
def page(repository: Path) -> str:
    return (repository / "docs" / "library.md").read_text()


def test_the_code_of_the_page_runs(
    page: str,
    repository: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    shipped, shorter = repository / SERIES, tmp_path / SERIES
    shorter.parent.mkdir(parents=True)
    shorter.write_bytes(gzip.compress(b"".join(gzip.decompress(shipped.read_bytes()).splitlines(True)[:N_LINES])))
    monkeypatch.chdir(tmp_path)
    whole, points = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert len(whole.split("\n\n")[0].splitlines() + points.splitlines()) <= 12
    for code in (whole, points):
        exec(compile(code, "docs/library.md", "exec"), {})
    printed = capsys.readouterr().out
    assert "2014-11-02 0" in printed
    assert "anomalous" in printed
    assert "open jumped from 29 to 95, above the 20 to" in printed


def test_the_page_names_every_array_of_a_result(page: str) -> None:
    named = set(re.findall(r"`(\w+)(?:\(\))?`", page))
    assert set(Backtest.__dataclass_fields__) - {"series", "features", "actual"} <= named
