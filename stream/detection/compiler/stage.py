"""Stages: compiled functions that only other compiled ones call."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, update_wrapper
from importlib import import_module
from typing import Any, TypeVar, cast

Function = TypeVar("Function", bound=Callable[..., object])


class Stage:
    """A function for compiled callers.

    Numba is imported when the first caller is compiled. Python may call a stage too, which compiles it for that
    process alone: tests do so.
    """

    def __init__(self, function: Callable[..., object]) -> None:
        self._function = function
        update_wrapper(self, function)

    def __call__(self, *values: object) -> object:
        """Call the compiled function."""
        return self._for_python(*values)

    @property
    def _numba_type_(self) -> object:
        """What numba takes this object for in the code of a caller."""
        return self._for_compiled._numba_type_

    @cached_property
    def _for_compiled(self) -> Any:
        return import_module("stream.detection.compiler.object_code").stage_for_compiled(self._function)

    @cached_property
    def _for_python(self) -> Any:
        return import_module("stream.detection.compiler.object_code").stage_for_python(self._function)


def compiled(stage: Function) -> Function:
    """Compile a function that other compiled ones call."""
    return cast(Function, Stage(stage))
