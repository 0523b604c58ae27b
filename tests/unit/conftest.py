"""Holds that the unit tests need no TensorFlow."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def without_tensorflow() -> Iterator[None]:
    """Fail the run when a test, or a module that it tests, loaded TensorFlow."""
    yield
    loaded = {"tensorflow", "keras"} & sys.modules.keys()
    assert not loaded, f"the unit tests loaded {loaded}: tests that need it belong in tests/integration"
