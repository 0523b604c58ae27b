"""Models of every kind in a live stream: each scores it, and its worker is killed twice while it does."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from stream.calibration import cutoff_at, reconstruction_errors
from stream.detection.episodes.verdict import Policy
from stream.detection.forecast.windows import Scaling
from stream.detectors import build_detector
from stream.model import Bundle
from tests.e2e.crowd import START_MS, STEP_MS, WARMUP, Crowd, Publisher
from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.truth import read_all, wait_drained
from tests.e2e.undisturbed import MakeWorker, Names, compare_with_undisturbed
from tests.e2e.waiting import PATIENCE_S
from tests.e2e.worker_process import COMMAND
from tests.unit.model import window_graphs
from tests.unit.model.window_graphs import FORECAST, RECONSTRUCTION, WINDOW, sealed, window_model, windows

RATE = 2_000.0
N_KEYS, N_POINTS = 60, 200
FEATURES = ("cpu", "mem")
PYTORCH_MODEL = Path(window_graphs.__file__).parent / "pytorch" / "forecast.onnx"
SCALES = {"offset": [0.0, 0.0], "scale": [250.0, 250.0]}


class Case(NamedTuple):
    """A bundle, and the stream that it is to score."""

    bundle: Path
    crowd: Crowd


def forecast(folder: Path) -> Case:
    """A windowed forecaster of two features."""
    facts = FORECAST | SCALES | {"features": FEATURES, "spread": [5.0, 5.0]}
    return saved(folder, sealed(window_model(n_steps=1), facts), FEATURES)


def reconstruction(folder: Path) -> Case:
    """A reconstruction of plain numbers, of which one window in thirty is beyond the cut-off."""
    facts = RECONSTRUCTION | {"features": ("value",), "offset": [0.0], "scale": [250.0]}
    model, golden = window_model(n_features=1), windows(16, n_features=1)
    draft = saved(folder, sealed(model, facts, golden))
    scaling, values = Scaling(np.zeros(1), np.full(1, 250.0)), draft.crowd.values()
    judge = Bundle.load(draft.bundle).window_model()
    errors = [reconstruction_errors(judge, scaling.scaled(values[:, n]), WINDOW, 4) for n in range(N_KEYS)]
    return saved(folder, sealed(model, facts | {"cutoff": cutoff_at(np.concatenate(errors), 0.97)}, golden))


def default_with_features(folder: Path) -> Case:
    """The shipped model, for which each feature is a series."""
    return saved(folder, Bundle.default().model, FEATURES)


def wrapped(folder: Path) -> Case:
    """A PyTorch forecaster that the command line has wrapped, calibrated on one of the crowd's series."""
    crowd, data, bundle = Crowd(N_KEYS, N_POINTS, FEATURES, spread=3.0), folder / "host.csv", folder / "wrapped.onnx"
    rows = [f"{START_MS + STEP_MS * at},{cpu!r},{mem!r}" for at, (cpu, mem) in enumerate(crowd.values()[:, 0].tolist())]
    data.write_text("\n".join(["timestamp,cpu,mem", *rows]))
    options = ["--kind", "forecast", "--features", ",".join(FEATURES), "--calibrate", str(data), "--out", str(bundle)]
    subprocess.run([str(COMMAND), "model", "wrap", str(PYTORCH_MODEL), *options], check=True, timeout=PATIENCE_S)
    return saved(folder, bundle.read_bytes(), FEATURES)


def saved(folder: Path, content: bytes, features: tuple[str, ...] = ()) -> Case:
    path = folder / "model.onnx"
    path.write_bytes(content)
    return Case(path, Crowd(N_KEYS, N_POINTS, features, spread=3.0, fault_rate=0.004))


@pytest.fixture(params=[forecast, reconstruction, default_with_features, wrapped], ids=lambda make: str(make.__name__))
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Case:
    made: Case = request.param(tmp_path)
    return made


def test_through_kill_9_a_model_of_any_kind_keeps_its_states_its_episodes_and_the_scores_of_an_offline_run(
    case: Case, kafka: KafkaContainer, names: Names, make_worker: MakeWorker
) -> None:
    bundle = Bundle.load(case.bundle)
    model = {"model": str(case.bundle)}
    with make_worker("victim", **model) as worker:
        publisher = Publisher(case.crowd.messages(), kafka.bootstrap, names["metrics_topic"], RATE)
        for pause_s in (1.2, 1.7):
            time.sleep(pause_s)
            worker.kill9()
            worker.start()
            worker.wait_ready()
        publisher.wait()
        wait_drained(kafka.bootstrap, names["metrics_topic"], names["app_id"])
    assert live_scores(kafka, names["scores_topic"]) == offline(case)
    own_series = len(case.crowd.features) if bundle.kind == "stateful-forecast" else 1
    layout = build_detector(bundle).state.layout
    compare_with_undisturbed(kafka, names, make_worker, N_KEYS * own_series, layout, **model)


def live_scores(kafka: KafkaContainer, topic: str) -> dict[tuple[str, str | None, int], float | None]:
    """Read every score; a replay after a crash must have said the same again."""
    found: dict[tuple[str, str | None, int], float | None] = {}
    for record in read_all(kafka.bootstrap, topic):
        score = json.loads(record.value)
        key = score["series"], score.get("feature"), score["timestamp"]
        assert found.setdefault(key, score["score"]) == score["score"]
    return found


def offline(case: Case) -> dict[tuple[str, str | None, int], float | None]:
    """Score the crowd with a gauge alone, in one call."""
    found: dict[tuple[str, str | None, int], float | None] = {}
    bundle, values = Bundle.load(case.bundle), case.crowd.values()
    names: tuple[str | None, ...] = case.crowd.features or (None,)
    by_itself = bundle.kind == "stateful-forecast"
    slots, at = np.tile(np.arange(N_KEYS), N_POINTS), np.repeat(np.arange(N_POINTS), N_KEYS)
    for group in [[n] for n in range(len(names))] if by_itself else [list(range(len(names)))]:
        detector = build_detector(bundle, Policy(warmup=WARMUP))
        detector.state.grow(N_KEYS * detector.n_slots)
        verdicts = detector.score(slots, START_MS + STEP_MS * at, values[:, :, group].reshape(-1, len(group)))
        for point, feature, score in zip(verdicts.point, verdicts.feature, verdicts.score, strict=True):
            key = f"host-{slots[point]:03d}/load", names[group[feature]], int(START_MS + STEP_MS * at[point])
            found[key] = None if np.isnan(score) else float(score)
    return found
