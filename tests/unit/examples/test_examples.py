"""The examples that need neither Kafka nor TensorFlow run as their first lines say."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from tests.unit.model.pytorch import series as trained
from tests.unit.model.pytorch.series import OFFSET, SCALE, series


def run(repository: Path, example: str, *arguments: str | Path) -> str:
    """Run an example as a user does, and give what it prints."""
    command = [sys.executable, f"examples/{example}", *map(str, arguments)]
    return subprocess.run(command, cwd=repository, capture_output=True, text=True, check=True, timeout=300).stdout


def test_a_csv_file_is_scored(repository: Path, tmp_path: Path) -> None:
    values = [20 + i % 10 for i in range(599)] + [95]
    rows = [f"{1_700_000_000 + 60 * i},{value}" for i, value in enumerate(values)]
    (tmp_path / "load.csv").write_text("\n".join(["timestamp,value", *rows]))
    first, *rest = run(repository, "score_csv.py", tmp_path / "load.csv").splitlines()
    assert first == "load: 600 points, 1 episodes"
    assert "jumped from 28 to 95" in rest[0]


def test_points_are_scored_as_they_come(repository: Path) -> None:
    lines = run(repository, "score_points.py").splitlines()
    assert any(line.startswith("23:20 open: jumped from ") for line in lines)


def test_a_model_that_pytorch_exported_is_wrapped_and_scores(repository: Path, tmp_path: Path) -> None:
    points = series(600, seed=7)
    points[550:560, 0] += 500
    rows = [f"{1_700_000_000 + 60 * i},{cpu!r},{mem!r}" for i, (cpu, mem) in enumerate(points.tolist())]
    (tmp_path / "host.csv").write_text("\n".join(["timestamp,cpu,mem", *rows]))
    shutil.copy(Path(trained.__file__).parent / "forecast.onnx", tmp_path / "model.onnx")
    (tmp_path / "model.json").write_text(json.dumps({"offset": OFFSET, "scale": SCALE}))
    printed = run(repository, "wrap_pytorch.py", tmp_path / "host.csv", tmp_path / "model.onnx")
    assert "host: 600 points" in printed
    assert " cpu " in printed
