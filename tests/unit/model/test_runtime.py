"""What loading a bundle brings into a fresh interpreter."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.model.graphs import good_bundle


def printed_by(statement: str, folder: Path, repository: Path) -> str:
    """Load the good bundle in a fresh interpreter, run a statement and give what it printed."""
    path = folder / "good.onnx"
    path.write_bytes(good_bundle())
    program = f"import os, pathlib, sys; from stream.model import Bundle; Bundle.load(pathlib.Path({str(path)!r}))"
    command = [sys.executable, "-c", f"{program}; {statement}"]
    return subprocess.run(command, cwd=repository, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize("package", ["onnx", "tensorflow", "google.protobuf", "stream.detection"])
def test_a_bundle_is_loaded_without(package: str, tmp_path: Path, repository: Path) -> None:
    assert printed_by(f"print({package!r} in sys.modules)", tmp_path, repository) == "False"


def test_the_runtime_sends_nothing_home(tmp_path: Path, repository: Path) -> None:
    assert printed_by("print(os.environ['ORT_DISABLE_TELEMETRY'])", tmp_path, repository) == "1"
