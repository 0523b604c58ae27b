"""Entry points: compiled functions that Python calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import update_wrapper
from typing import NamedTuple, TypeVar, cast

from stream.detection.compiler.arguments import Types, types_of, with_dtypes
from stream.detection.compiler.code_file import find_or_compile
from stream.detection.compiler.linker import Code, link
from stream.detection.compiler.wrapper import REFUSED

Function = TypeVar("Function", bound=Callable[..., int | None])


class _Linked(NamedTuple):
    """Machine code, and the types that it was linked for: it takes no others, even if they are equal."""

    types: Types
    run: Code


class EntryPoint:
    """A loop over the rows of a batch, as machine code.

    The code for arguments of some types is linked when they are first given, and compiled if no process has done so.
    Arguments are C-contiguous arrays, numbers, and named tuples of these. The result is None, or a count.
    """

    def __init__(self, loop: Callable[..., int | None]) -> None:
        self._loop = loop
        self._codes: dict[Types, _Linked] = {}
        update_wrapper(self, loop)

    def __call__(self, *values: object) -> int:
        """Run the machine code; the interpreter's lock is not held.

        Raises
        ------
        TypeError
            If an argument is of a type that cannot be passed.
        IndexError
            If the code used an index that is out of bounds.
        """
        count = REFUSED
        for code in self._codes.values():
            count = code.run(*values)
            if count != REFUSED:
                break
        if count == REFUSED:
            count = self._run_other(values)
        if count < 0:
            raise IndexError(f"{self._loop.__name__}: an index is out of bounds of its array")
        return count

    def _run_other(self, values: Sequence[object]) -> int:
        """Run the code for types that were not seen yet, or are equal to some that were."""
        types = types_of(values, self._loop.__name__)
        if types not in self._codes:
            code = find_or_compile(self._loop, values, types)
            self._codes[types] = _Linked(types, link(self._loop.__name__, code, values))
        known, run = self._codes[types]
        return run(*with_dtypes(values, known))


def entry_point(loop: Function) -> Function:
    """Compile a function that Python calls; cache its code."""
    return cast(Function, EntryPoint(loop))
