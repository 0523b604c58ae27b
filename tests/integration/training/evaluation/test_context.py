"""`streamgauge evaluate context`: the shipped model sees what a detector without one cannot, and rarely cries wolf."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from stream.errors import ModelError
from training.evaluation.context.faults import LOADS

SEED = 10
"""Its series are short: most of them are sampled every half hour or hour."""

FOUND, AHEAD, FALSE_PER_10K = 0.75, 0.25, 2.5
"""Bounds for one draw, some 170 faults; docs/detector.md has the figures of four draws of another seed."""


def evaluate(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "stream", "evaluate", "context", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)


@pytest.fixture(scope="module")
def figures() -> dict[str, dict[str, dict[str, float]]]:
    ended = evaluate("--draws", "1", "--seed", str(SEED), "--json")
    assert ended.returncode == 0, ended.stderr
    found: dict[str, dict[str, dict[str, float]]] = json.loads(ended.stdout)
    return found


def share(figures: dict[str, dict[str, dict[str, float]]], subject: str) -> float:
    return sum(figures[subject]["found"].values()) / sum(figures[subject]["planted"].values())


def test_three_faults_of_four_are_found(figures: dict[str, dict[str, dict[str, float]]]) -> None:
    assert share(figures, "model") > FOUND


def test_the_model_finds_what_the_last_value_cannot(figures: dict[str, dict[str, dict[str, float]]]) -> None:
    assert share(figures, "model") > share(figures, "last_value") + AHEAD


def test_clean_series_rarely_alarm(figures: dict[str, dict[str, dict[str, float]]]) -> None:
    assert figures["model"]["false_alarms_per_10k"]["all"] < FALSE_PER_10K


def test_every_kind_of_fault_is_planted(figures: dict[str, dict[str, dict[str, float]]]) -> None:
    assert set(figures["model"]["planted"]) == {*LOADS, "too_regular", "stuck"}


def test_a_model_that_is_not_there_is_named_before_anything_is_judged() -> None:
    ended = evaluate("--model", "nowhere.onnx")
    assert ended.returncode == ModelError.exit_code
    assert "nowhere.onnx" in ended.stderr
