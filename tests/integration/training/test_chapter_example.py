"""The example of the chapter runs: Keras to ONNX to bundle to episodes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_the_chapter_is_fitted_wrapped_and_scored(repository: Path, tmp_path: Path) -> None:
    command = [sys.executable, "examples/chapter.py", "stream/nab/nyc_taxi.csv.gz", str(tmp_path), "2"]
    run = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=True, timeout=500)
    assert run.stdout.startswith("215 windows, RMSE 0.")
    assert "nyc_taxi: " in run.stdout
    assert (tmp_path / "chapter.bundle.onnx").is_file()
