"""The examples in the docstrings of the public names do what they say."""

from __future__ import annotations

import doctest
from importlib import import_module

import pytest

MODULES = ["stream.library.backtest", "stream.library.csv_file", "stream.library.detector"]


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_of_a_module_run(module: str) -> None:
    found = doctest.testmod(import_module(module), optionflags=doctest.ELLIPSIS)
    assert found.attempted > 0
    assert found.failed == 0
