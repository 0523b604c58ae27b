"""Arguments of an entry point, and their types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

Types: TypeAlias = tuple[tuple[Any, int], ...]
"""Of each argument: a dtype and how many axes, or the type of a number and 0."""

NUMBERS = (bool, int, float)


def flattened(values: Sequence[object]) -> list[object]:
    """Return the arguments, with the elements of tuples in their place."""
    found: list[object] = []
    for value in values:
        if isinstance(value, tuple):
            found.extend(value)
        else:
            found.append(value)
    return found


def types_of(arguments: Sequence[object], name: str) -> Types:
    """Return the types of arguments.

    Raises
    ------
    TypeError
        If one cannot be passed to an entry point, with its name.
    """
    return tuple(_type_of(argument, name) for argument in arguments)


def described(types: Types) -> str:
    """Describe types, in words that are the same in every process."""
    return "\n".join(f"{kind.descr if isinstance(kind, np.dtype) else kind.__name__} {axes}" for kind, axes in types)


def _type_of(argument: object, name: str) -> tuple[Any, int]:
    if type(argument) in NUMBERS:
        return type(argument), 0
    if type(argument) is not np.ndarray:
        raise TypeError(f"{name}: expected arrays, bool, int and float, found {type(argument).__name__}")
    if not argument.flags.c_contiguous:
        raise TypeError(f"{name}: expected C-contiguous arrays, found one of strides {argument.strides}")
    return argument.dtype, argument.ndim
