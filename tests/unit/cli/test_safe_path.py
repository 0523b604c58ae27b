"""Processes that a command starts never import what lies in the current folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from stream.cli.safe_path import protect_children
from stream.errors import StreamgaugeError
from stream.testing.worker_process import worker

SHADOWED = ("attr", "aiohttp", "click", "faust", "kafka", "numpy", "random", "socket", "training")
NOBODY = "127.0.0.1:1"
"""A port where nobody listens."""


@pytest.fixture
def folder_of_traps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder whose files have the names of packages, and fail when they are run."""
    traps = [tmp_path / f"{name}.py" for name in SHADOWED]
    traps += [tmp_path / "stream" / name for name in ("__init__.py", "__main__.py")]
    (tmp_path / "stream").mkdir()
    for trap in traps:
        trap.write_text("raise RuntimeError(f'{__file__} was run')\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_demo_s_worker_starts_in_a_folder_that_holds_files_named_like_packages(folder_of_traps: Path) -> None:
    own = {"STREAMGAUGE_BROKERS": NOBODY, "STREAMGAUGE_LOG_FORMAT": "json", "STREAMGAUGE_HEALTH_PORT": "0"}
    with worker(os.environ | own, folder_of_traps / "worker.log") as started, pytest.raises(StreamgaugeError) as caught:
        started.wait_ready()
    assert "ended by itself with exit code 3" in str(caught.value)  # It came as far as the broker that is not there.


def test_a_process_pool_starts_in_such_a_folder(folder_of_traps: Path) -> None:
    program = folder_of_traps / "sub" / "program.py"
    program.parent.mkdir()
    program.write_text(
        "import multiprocessing, os\n"
        "from stream.cli.safe_path import protect_children\n"
        "if __name__ == '__main__':\n"
        "    protect_children(os.environ)\n"
        "    with multiprocessing.get_context('spawn').Pool(1) as pool:\n"
        "        print(pool.map(abs, [-1]))\n"
    )
    (folder_of_traps / "multiprocessing").mkdir()
    (folder_of_traps / "multiprocessing" / "__init__.py").write_text("raise RuntimeError\n")
    ended = subprocess.run([sys.executable, program], capture_output=True, text=True, timeout=60, check=False)
    assert (ended.stdout, ended.stderr) == ("[1]\n", "")


def test_entries_of_pythonpath_that_mean_the_current_folder_are_taken_out() -> None:
    environment = {"PYTHONPATH": os.pathsep.join(["", ".", "lib", "/opt/lib"])}
    protect_children(environment)
    assert environment == {"PYTHONPATH": "/opt/lib", "PYTHONSAFEPATH": "1"}
    environment = {"PYTHONPATH": ":"}
    protect_children(environment)
    assert environment == {"PYTHONSAFEPATH": "1"}
