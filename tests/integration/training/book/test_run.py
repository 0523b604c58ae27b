"""A run leaves a report with every part of the chapter, numbers to be computed again, and bundles that go live."""

from __future__ import annotations

import json
import re
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import tensorflow as tf
from rich.console import Console

from stream.detection.episodes.verdict import Outcome, Verdicts
from stream.detection.forecast.windows import Scaling, sliding_windows, window_errors
from stream.detection.reconstruction import Autoencoder, ReconstructionDetector
from stream.formats.csv.columns import CsvFormat
from stream.formats.csv.points import CsvReader
from stream.model import Bundle, WindowedReconstruction
from tests.integration.training.book.benchmark import N_DUPLICATES, N_LATE, N_POINTS, PLAN, make_benchmark
from tests.integration.training.tiny import quiet
from training.book.record import moment
from training.book.report.summary import print_summary
from training.book.run import clear, run_book
from training.book.series import Benchmark

NAMES = ("nyc_taxi", "art_daily_nojump")
FIGURES = ("series", "density", "curves", "tested", "scores", "anomalies", "honest")
STEPS = (
    "Load, plot, describe",
    "Density, and min-max scaling",
    "Windows, network, fit",
    "Prediction and RMSE",
    "Window errors, cut-off, anomalies",
    "The honest way",
)


class Done(NamedTuple):
    benchmark: Path
    out: Path
    html: str
    summary: str
    record: dict[str, object]

    def of(self, *path: str) -> object:
        """Return a part of nyc_taxi's record."""
        part: object = self.record["series"]
        for key in ("nyc_taxi", *path):
            assert isinstance(part, dict)
            part = part[key]
        return part

    def bundle(self, name: str) -> Bundle:
        return Bundle.load(self.out / "nyc_taxi" / f"{name}.onnx")


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    benchmark, out = make_benchmark(tmp_path_factory.mktemp("nab")), tmp_path_factory.mktemp("out")
    _, chapters = run_book(benchmark, NAMES, PLAN, out, quiet())
    record = json.loads((out / "report.json").read_text())
    summary = StringIO()
    print_summary(chapters, Console(file=summary, width=80))
    return Done(benchmark, out, (out / "report.html").read_text(), summary.getvalue(), record)


def test_the_report_has_the_chapter_s_steps_in_their_order_for_every_series(done: Done) -> None:
    sections = re.split(r'<h2 id="(?:nyc_taxi|art_daily_nojump)">', done.html)[1:]
    assert len(sections) == len(NAMES)
    for section in sections:
        places = [section.index(f"<h3>{step}</h3>") for step in STEPS]
        assert all(before < after for before, after in pairwise(places))
        assert section.count("<img src=") == len(FIGURES)


@pytest.mark.parametrize(
    "promised",
    [">std</th>", "scaled_value", "Sequential(LSTM(6), Dense(1, sigmoid)), adam, mean squared error", "tensorboard",
     "0.99 cut-off", "first timestamp (UTC)", "0.333", "updates an epoch", "Side by side", "clean or not?"],
)  # fmt: skip
def test_the_report_has_every_promised_part(done: Done, promised: str) -> None:
    assert promised in done.html


def test_the_report_needs_no_other_file(done: Done) -> None:
    assert all(source.startswith("data:image/png;base64,") for source in re.findall(r'src="([^"]*)"', done.html))
    assert all(target.startswith("#") for target in re.findall(r'href="([^"]*)"', done.html))


def test_every_entry_of_the_contents_has_its_place(done: Done) -> None:
    for anchor in re.findall(r'href="#([^"]*)"', done.html):
        assert f'id="{anchor}"' in done.html


def test_every_figure_is_a_png_file_beside_the_report(done: Done) -> None:
    for name in FIGURES:
        assert (done.out / "nyc_taxi" / f"{name}.png").read_bytes().startswith(b"\x89PNG")


def test_rows_that_repeat_or_come_late_are_left_out_and_counted(done: Done) -> None:
    assert (done.of("n_points"), done.of("n_duplicates"), done.of("n_late")) == (N_POINTS, N_DUPLICATES, N_LATE)


def test_rmse_and_threshold_of_the_record_can_be_computed_again(done: Done) -> None:
    values = Benchmark.open(done.benchmark).series("nyc_taxi", 1).values
    stride = done.of("stride")
    assert isinstance(stride, int)
    windows = sliding_windows(
        Scaling(values.min(keepdims=True), np.ptp(values, keepdims=True)).scaled(values[:, None]), 12, stride
    )
    redrawn = done.bundle("nyc_taxi").window_model().predict(windows)
    assert done.of("chapter", "rmse") == pytest.approx(np.sqrt(np.mean((windows - redrawn) ** 2)), rel=1e-5)
    errors = window_errors(windows, redrawn)
    np.testing.assert_array_equal(done.of("chapter", "errors"), errors)
    assert done.of("chapter", "threshold") == pytest.approx(np.quantile(errors, 0.99) * 1.001, rel=1e-12)


@pytest.mark.parametrize("way", ["chapter", "honest"])
def test_a_live_gauge_flags_exactly_the_windows_of_the_report(done: Done, way: str) -> None:
    timestamps_ms, verdicts = live(done, done.bundle({"chapter": "nyc_taxi", "honest": "nyc_taxi-honest"}[way]))
    listed = done.of(way, "flagged")
    assert isinstance(listed, list)
    flagged = [moment(timestamps_ms[point]) for point in verdicts.point[verdicts.outcome == Outcome.ANOMALOUS]]
    assert listed
    assert [window["end"] for window in listed] == [end for end in flagged if end >= first_end(done, way)]


def test_the_honest_threshold_comes_from_the_calibration_part_alone(done: Done) -> None:
    bundle = done.bundle("nyc_taxi-honest")
    assert isinstance(bundle.metadata, WindowedReconstruction)
    begin, end = done.of("honest", "fitted_on_points"), done.of("honest", "judged_from_point")
    assert isinstance(begin, int)
    assert isinstance(end, int)
    values = Benchmark.open(done.benchmark).series("nyc_taxi", 1).values
    scaling = Scaling(values[:begin].min(keepdims=True), np.ptp(values[:begin], keepdims=True))
    windows = sliding_windows(scaling.scaled(values[begin:end, None]), 12, 1)
    errors = window_errors(windows, bundle.window_model().predict(windows))
    assert bundle.metadata.cutoff == pytest.approx(np.quantile(errors, 0.99) * 1.001, rel=1e-12)


def test_the_honest_rmse_is_in_the_units_of_the_chapter(done: Done) -> None:
    values = Benchmark.open(done.benchmark).series("nyc_taxi", 1).values
    stride, evaluated_from = done.of("stride"), done.of("honest", "judged_from_point")
    assert isinstance(stride, int)
    assert isinstance(evaluated_from, int)
    made = done.bundle("nyc_taxi-honest").metadata
    assert isinstance(made, WindowedReconstruction)
    scaling = Scaling(np.array(made.offset), np.array(made.scale))
    windows = sliding_windows(scaling.scaled(values[:, None]), 12, stride)[-(-evaluated_from // stride) :]
    redrawn = done.bundle("nyc_taxi-honest").window_model().predict(windows)
    difference = (scaling.unscaled(windows) - scaling.unscaled(redrawn)) / np.ptp(values)
    assert done.of("honest", "rmse") == pytest.approx(np.sqrt(np.mean(difference**2)), rel=1e-5)


@pytest.mark.parametrize(
    "judge", [("chapter", "episodes_on_judged"), ("honest", "episodes"), ("default", "episodes_on_judged")]
)
def test_all_three_are_held_against_the_labels_of_the_judged_part(done: Done, judge: tuple[str, str]) -> None:
    found = done.of(*judge, "labels_found")
    assert isinstance(found, list)
    assert len(found) == 1


def test_prose_about_the_chapter_s_window_is_left_out_with_another_window(done: Done) -> None:
    assert "windows of 48 points" not in done.html


def test_the_summary_of_the_terminal_fits_80_columns(done: Done) -> None:
    lines = done.summary.splitlines()
    assert max(len(line) for line in lines) <= 80
    assert all(any(line.startswith(name) for line in lines) for name in NAMES)


def test_a_run_removes_what_a_run_makes_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "nyc_taxi"
    (folder / "tensorboard").mkdir(parents=True)
    for name in ("notes.txt", "holiday.png", "honest.png", "nyc_taxi-honest.onnx", "tensorboard/old"):
        (folder / name).touch()
    clear(folder)
    assert sorted(path.name for path in folder.iterdir()) == ["holiday.png", "notes.txt"]


def test_a_series_that_repeats_itself_is_clean(done: Done) -> None:
    series = done.record["series"]
    assert isinstance(series, dict)
    assert series["art_daily_nojump"]["chapter"]["flagged"] == []


def test_the_sweep_looks_at_every_setting_after_each_of_its_looks(done: Done) -> None:
    looks = done.record["sweep"]
    assert isinstance(looks, list)
    seen = [(look["stride"], look["n_batch"], look["n_epochs"]) for look in looks]
    assert seen == [(stride, batch, n) for stride, batch in ((12, 8), (12, 32), (3, 32), (1, 32)) for n in (1, 2)]


def test_tensorboard_finds_curves_and_the_graph(done: Done) -> None:
    (path,) = (done.out / "nyc_taxi" / "tensorboard" / "train").glob("events.*")
    plugins = {
        value.tag: value.metadata.plugin_data.plugin_name
        for event in tf.compat.v1.train.summary_iterator(str(path))
        for value in event.summary.value
    }
    assert plugins["keras"] == "graph_keras_model"
    assert plugins["epoch_loss"] == plugins["epoch_mae"] == "scalars"


def first_end(done: Done, way: str) -> str:
    """Return the end of the first window that is judged, at the earliest."""
    first = done.of("honest", "judged_from_point") if way == "honest" else 0
    assert isinstance(first, int)
    return moment(int(Benchmark.open(done.benchmark).series("nyc_taxi", 1).timestamps_ms[first + PLAN.time_steps - 1]))


def live(done: Done, bundle: Bundle) -> tuple[list[int], Verdicts]:
    """Feed every row of the file, repeated and late ones too, through the worker's gauge, a few points at a time."""
    path = done.benchmark / "data" / "made" / "nyc_taxi.csv"
    with path.open(newline="") as file:
        rows = list(CsvReader(file, str(path), CsvFormat(series="nyc_taxi")))
    made = bundle.metadata
    assert isinstance(made, WindowedReconstruction)
    scaling = Scaling(np.array(made.offset), np.array(made.scale))
    detector = ReconstructionDetector(
        Autoencoder(bundle.window_model(), scaling, made.window, made.stride, made.cutoff)
    )
    detector.state.grow(1)
    timestamps_ms = [row.timestamp_ms for row in rows]
    values = np.array([[row.value] for row in rows])
    return timestamps_ms, detector.score(np.zeros(len(rows), np.int64), np.array(timestamps_ms, np.int64), values)
