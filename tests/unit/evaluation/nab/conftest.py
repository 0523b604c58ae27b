"""NAB's files, read once for all tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.evaluation.nab.corpus import File, read_corpus


@pytest.fixture(scope="session")
def files(nab: Path) -> list[File]:
    """Give the corpus."""
    return read_corpus(nab)
