"""Where the repository and the data beside it are; the data never enter the repository."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import hypothesis
import pytest

# A loaded machine is slow, and no test is about its speed.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")

REPOSITORY = Path(__file__).resolve().parents[1]


def data_directory(setting: str, default: str, holds: str) -> Path:
    """Find a directory of data, or fail with the setting that names it."""
    path = Path(os.environ.get(setting) or REPOSITORY / default).resolve()
    if not (path / holds).exists():
        pytest.fail(f"{setting} names a directory that holds {holds}; {path} does not: set it to one", pytrace=False)
    return path


@pytest.fixture(scope="session", autouse=True)
def ctrl_c() -> None:
    """Make Ctrl-C heard: what a shell starts in its background is deaf to it, and so would be all that tests start."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def repository() -> Path:
    """Give the root of the repository."""
    return REPOSITORY


@pytest.fixture(scope="session")
def nab() -> Path:
    """Give the Numenta Anomaly Benchmark: data/<folder>/<file>.csv and labels/combined_windows.json."""
    return data_directory("STREAMGAUGE_NAB", "../shared/nab", "data")


@pytest.fixture(scope="session")
def oracle() -> Path:
    """Give the reference results of the detector's stages, one compressed CSV a series."""
    return data_directory("STREAMGAUGE_ORACLE", "../shared/oracle", "final_state.json")
