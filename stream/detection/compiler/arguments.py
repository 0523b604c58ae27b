"""Arguments of an entry point, and their types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

Types: TypeAlias = tuple[tuple[Any, Any], ...]
"""Of each argument: a dtype and how many axes, the type of a number and 0, or that of a tuple and the types in it."""

NUMBERS = (bool, int, float)


def types_of(values: Sequence[object], name: str) -> Types:
    """Return the types of arguments.

    Raises
    ------
    TypeError
        If one cannot be passed to the entry point of this name.
    """
    return tuple(_type_of(value, name) for value in values)


def described(types: Types) -> str:
    """Describe types, in words that are the same in every process."""
    return "; ".join(_described(kind, inner) for kind, inner in types)


def with_dtypes(values: Sequence[object], types: Types) -> list[object]:
    """Return arguments whose arrays have the dtypes of equal types."""
    return [_with_dtype(value, *each) for value, each in zip(values, types, strict=True)]


def _type_of(value: object, name: str) -> tuple[Any, Any]:
    if type(value) in NUMBERS:
        return type(value), 0
    if isinstance(value, tuple):
        return type(value), types_of(value, name)
    if type(value) is not np.ndarray:
        raise TypeError(f"{name}: expected arrays, bool, int and float, found {type(value).__name__}")
    if not value.flags.c_contiguous:
        raise TypeError(f"{name}: expected C-contiguous arrays, found one of strides {value.strides}")
    return value.dtype, value.ndim


def _described(kind: Any, inner: Any) -> str:
    if isinstance(kind, np.dtype):
        return f"{kind.descr} {inner}"
    return f"{kind.__name__} ({described(inner)})" if isinstance(inner, tuple) else str(kind.__name__)


def _with_dtype(value: object, kind: Any, inner: Any) -> object:
    if isinstance(value, np.ndarray):
        return value.view(kind)
    return kind(*with_dtypes(value, inner)) if isinstance(value, tuple) else value
