"""The report on NAB draws every file, and its page needs nothing but itself."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from stream.detection.arrays import Float64
from stream.detection.episodes.verdict import Policy
from stream.errors import DataError
from tests.unit.evaluation.nab import made
from training.evaluation.nab.benchmark import run_benchmark
from training.evaluation.nab.corpus import perturbations
from training.evaluation.nab.measure import MeasuredModel
from training.evaluation.nab.report.report import check_place, write_report

QUIET = Console(quiet=True)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the report on two files."""
    series: dict[str, Float64] = {"made/wave.csv": made.wave(400), "quiet/flat.csv": np.full(300, 7.0)}
    series["made/wave.csv"][350:370] += 500
    folder = made.folder(tmp_path_factory.mktemp("nab"), series, {"made/wave.csv": [[345, 374], [100, 110]]})
    results = run_benchmark(folder, MeasuredModel(policy=Policy(bands=True)), perturbations(1), [None], QUIET)
    write_report(folder / "nab.html", results, QUIET)
    return (folder / "nab.html").read_text()


def test_every_file_is_drawn_with_what_became_of_its_windows(report: str) -> None:
    assert report.count("data:image/png;base64,") == 2
    assert "400 records; 1 of 2 windows found" in report
    assert "2014-07-01 08:20 missed" in report
    assert "300 records; nothing labelled, no false alarms" in report


def test_the_page_needs_nothing_but_itself(report: str) -> None:
    assert "http" not in report
    assert set(re.findall(r'(?:src|href)="(data:|#)?', report)) == {"data:", "#"}


def test_every_file_is_listed_with_a_link_that_leads_to_its_figure(report: str) -> None:
    links, places = set(re.findall(r'href="#([^"]+)"', report)), set(re.findall(r'id="([^"]+)"', report))
    assert {"scores", "files", "made", "quiet", "made/wave.csv", "quiet/flat.csv"} == links == places


def test_a_place_that_cannot_be_written_is_named_before_any_work_is_done(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere/nab\.html: expected a folder that can be written, found none at "):
        check_place(tmp_path / "nowhere" / "nab.html")
    check_place(tmp_path / "nab.html")
