"""The report on NAB draws every file, and its page needs nothing but itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from stream.detection.record import Float64
from stream.detection.verdict import Policy
from stream.errors import DataError
from tests.unit.evaluation.nab import made
from training.evaluation.nab.benchmark import Results, run_benchmark
from training.evaluation.nab.luck import lucks
from training.evaluation.nab.model import Model
from training.evaluation.nab.report import write_report

QUIET = Console(quiet=True)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    series: dict[str, Float64] = {"made/wave.csv": made.wave(400), "quiet/flat.csv": np.full(300, 7.0)}
    series["made/wave.csv"][350:370] += 500
    folder = made.folder(tmp_path_factory.mktemp("nab"), series, {"made/wave.csv": [[345, 374], [100, 110]]})
    return run_benchmark(folder, Model(policy=Policy(bands=True)), lucks(1), [None], QUIET)


def test_every_file_is_drawn_with_what_became_of_its_windows(results: Results, tmp_path: Path) -> None:
    write_report(tmp_path / "nab.html", results, QUIET)
    text = (tmp_path / "nab.html").read_text()
    assert text.count("data:image/png;base64,") == 2
    assert "made/wave.csv: 1 of 2 windows found" in text
    assert "2014-07-01 08:20 missed" in text
    assert "quiet/flat.csv: nothing labelled, no false alarms" in text
    assert "http" not in text.replace("data:", "")


def test_a_place_that_cannot_be_written_is_named(results: Results, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="expected a file that can be written, found: No such file or directory"):
        write_report(tmp_path / "nowhere" / "nab.html", results, QUIET)
