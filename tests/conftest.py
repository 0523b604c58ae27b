"""Where the repository is, and the series of the Numenta Anomaly Benchmark that it ships."""

from __future__ import annotations

import gzip
import json
import signal
from pathlib import Path

import hypothesis
import pytest

# A loaded machine is slow, and no test is about its speed.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")

REPOSITORY = Path(__file__).resolve().parents[1]
SHIPPED_NAB = REPOSITORY / "tests" / "data" / "nab"


@pytest.fixture(scope="session", autouse=True)
def ctrl_c() -> None:
    """Make Ctrl-C heard: what a shell starts in its background is deaf to it, and so would be all that tests start."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def repository() -> Path:
    """Return the root of the repository."""
    return REPOSITORY


@pytest.fixture(scope="session")
def nab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the shipped series in a folder like NAB's: data/<family>/<series>.csv and labels/combined_windows.json."""
    folder = tmp_path_factory.mktemp("nab")
    windows = gzip.decompress((SHIPPED_NAB / "combined_windows.json.gz").read_bytes())
    (folder / "labels").mkdir()
    (folder / "labels" / "combined_windows.json").write_bytes(windows)
    for name in json.loads(windows):
        packed = SHIPPED_NAB / f"{Path(name).name}.gz"
        if packed.exists():
            target = folder / "data" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(gzip.decompress(packed.read_bytes()))
    return folder
