"""TensorFlow is loaded without a word, unless it cannot be."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def run(program: str, repository: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", program]
    return subprocess.run(command, cwd=repository, capture_output=True, text=True, timeout=300, check=False)


def test_loading_tensorflow_writes_nothing_to_the_terminal(repository: Path) -> None:
    program = """
from training.cli.extra import load_tensorflow
load_tensorflow()
import tensorflow
print(float(tensorflow.constant(1.0) + 1))
"""
    ended = run(program, repository)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "2.0\n", "")


def test_what_is_written_before_an_error_is_shown(repository: Path) -> None:
    program = """
import os
from training.cli.extra import stderr_set_aside
with stderr_set_aside():
    os.write(2, b"the library's own words\\n")
    raise ImportError("libcudart")
"""
    ended = run(program, repository)
    assert ended.stderr.startswith("the library's own words\nTraceback")
