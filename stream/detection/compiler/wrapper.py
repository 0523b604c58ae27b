"""The function through which Python calls an entry point.

Numba's calling convention takes an array as its parts, an argument each: an entry point has a hundred of them. The
wrapper has the one of C functions of Python (`METH_FASTCALL`), and reads the parts from the array, where they lie by
`stream.detection.compiler.layout`. It compares the types of the arguments first: in Python that took longer than the
rest of a call.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from stream.detection.arrays import Int64
from stream.detection.compiler.layout import (
    CONTIGUOUS,
    DATA,
    DTYPE,
    ELEMENTS,
    FLAGS,
    N_AXES,
    SHAPE,
    STRIDES,
    TYPE,
    WORD,
)

Array: TypeAlias = npt.NDArray[Any]

ENTRY: Final = "streamgauge_entry"
"""Symbol of the wrapper."""

FAILED: Final = -1
"""What it returns where the entry point ended with an error."""

REFUSED: Final = -2
"""What it returns, with nothing done, where arguments are not of the types that it was made for."""

_TEXT: Final = """
declare i32 @"{native}"({native_types})
declare ptr @PyEval_SaveThread()
declare void @PyEval_RestoreThread(ptr)
declare ptr @PyLong_FromLongLong(i64)
declare i64 @PyLong_AsLongLong(ptr)
declare double @PyFloat_AsDouble(ptr)

define ptr @{entry}(ptr %expected.array, ptr %arguments, i64 %n) {{
entry:
  %result = alloca i64
  %error = alloca ptr
  store i64 0, ptr %result
  %expected.array.data = getelementptr i8, ptr %expected.array, i64 {data}
  %expected = load ptr, ptr %expected.array.data
  %same = icmp eq i64 %n, {n}
  br i1 %same, label %types, label %refused
types:
  {types}
  br i1 {types_same}, label %elements, label %refused
elements:
  {elements}
  br i1 {elements_same}, label %arrays, label %refused
arrays:
  {arrays}
  br i1 {arrays_same}, label %run, label %refused
run:
  {run}
  %thread = call ptr @PyEval_SaveThread()
  %status = call i32 @"{native}"({given})
  call void @PyEval_RestoreThread(ptr %thread)
  %is_done = icmp eq i32 %status, 0
  %count = load i64, ptr %result
  %found = select i1 %is_done, i64 %count, i64 {failed}
  %returned = call ptr @PyLong_FromLongLong(i64 %found)
  ret ptr %returned
refused:
  %no = call ptr @PyLong_FromLongLong(i64 {refused})
  ret ptr %no
}}
"""


class _Block:
    """Lines of the wrapper that read, and compare."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.is_same = "true"

    def load(self, name: str, kind: str, source: str, at: int) -> str:
        """Read what lies so many bytes after an address."""
        self.lines += [f"{name}.at = getelementptr i8, ptr {source}, i64 {at}", f"{name} = load {kind}, ptr {name}.at"]
        return name

    def compare(self, name: str, kind: str, expected: str | int) -> None:
        """Let what was read have to be this, beside all before."""
        self.lines.append(f"{name}.is = icmp eq {kind} {name}, {expected}")
        self.lines.append(f"{name}.all = and i1 {self.is_same}, {name}.is")
        self.is_same = f"{name}.all"

    def compare_address(self, name: str, at: int, place: int) -> None:
        """Let the address in an object have to be the one in this place of the expected ones."""
        found, source = self.load(name, "ptr", name.rpartition(".")[0], at), f"{name}.expected"
        self.compare(found, "ptr", self.load(source, "ptr", "%expected", WORD * place))


class _Place(NamedTuple):
    """Where an argument is found: so many bytes after an address."""

    source: str
    at: int
    argument: object


def wrapper(native: str, values: Sequence[object]) -> str:
    """Return the wrapper in LLVM's assembly language.

    It returns what the entry point does, at least 0, or `FAILED` or `REFUSED`.

    Parameters
    ----------
    native : str
        Symbol of the entry point: it takes where to put its result and its error, and then the arguments.
    values : sequence
        Arrays, numbers and tuples of these, of the types of each call to come.
    """
    types, elements, arrays, run = _Block(), _Block(), _Block(), _Block()
    given = ["ptr %result", "ptr %error"]
    places = _places(values)
    for place, (source, at, argument) in enumerate(places):
        block = types if place < len(values) else elements
        name = block.load(f"%a{place}", "ptr", source, at)
        block.compare_address(f"{name}.type", TYPE, place)
        if isinstance(argument, np.ndarray):
            _compare_array(name, argument, len(places) + place, arrays)
    for place in _in_order(values):
        argument = places[place].argument
        name = f"%a{place}"
        given += _array(name, argument, run) if isinstance(argument, np.ndarray) else _number(name, argument, run)
    blocks = {"types": types, "elements": elements, "arrays": arrays}
    return _TEXT.format(
        native=native,
        entry=ENTRY,
        native_types=", ".join(part.split()[0] for part in given),
        n=len(values),
        data=DATA,
        **{name: "\n  ".join(block.lines) for name, block in blocks.items()},
        **{f"{name}_same": block.is_same for name, block in blocks.items()},
        run="\n  ".join(run.lines),
        given=", ".join(given),
        failed=FAILED,
        refused=REFUSED,
    )


def expected_addresses(values: Sequence[object]) -> Int64:
    """Return what the wrapper is to find: types, then dtypes.

    Returns
    -------
    int64, shape (2 * places,)
        Addresses, which hold as long as these types and dtypes are kept.
    """
    arguments = [place.argument for place in _places(values)]
    dtypes = (id(argument.dtype) if isinstance(argument, np.ndarray) else 0 for argument in arguments)
    return np.array([*(id(type(argument)) for argument in arguments), *dtypes], np.int64)


def _places(values: Sequence[object]) -> list[_Place]:
    """Find all arguments: first those of the call, then the elements of those that are tuples."""
    found = [_Place("%arguments", WORD * at, value) for at, value in enumerate(values)]
    for place, value in enumerate(values):
        if isinstance(value, tuple):
            found += [_Place(f"%a{place}", ELEMENTS + WORD * at, element) for at, element in enumerate(value)]
    return found


def _in_order(values: Sequence[object]) -> Iterator[int]:
    """Yield the places of what the entry point takes: elements instead of tuples."""
    n_elements = len(values)
    for place, value in enumerate(values):
        if isinstance(value, tuple):
            yield from range(n_elements, n_elements + len(value))
            n_elements += len(value)
        else:
            yield place


def _compare_array(name: str, array: Array, place: int, block: _Block) -> None:
    block.compare_address(f"{name}.dtype", DTYPE, place)
    block.compare(block.load(f"{name}.axes", "i32", name, N_AXES), "i32", array.ndim)
    block.lines.append(f"{name}.order = and i32 {block.load(f'{name}.flags', 'i32', name, FLAGS)}, {CONTIGUOUS}")
    block.compare(f"{name}.order", "i32", CONTIGUOUS)


def _number(name: str, number: object, block: _Block) -> list[str]:
    """Return the argument that stands for a number; add what reads it."""
    if isinstance(number, float):
        block.lines.append(f"{name}.number = call double @PyFloat_AsDouble(ptr {name})")
        return [f"double {name}.number"]
    block.lines.append(f"{name}.number = call i64 @PyLong_AsLongLong(ptr {name})")
    if not isinstance(number, bool):
        return [f"i64 {name}.number"]
    block.lines.append(f"{name}.bit = trunc i64 {name}.number to i1")
    return [f"i1 {name}.bit"]


def _array(name: str, array: Array, block: _Block) -> list[str]:
    """Return an array's parts: two addresses for numba's own memory, size, size of an item, data, shape, strides."""
    data, shape, strides = (
        block.load(f"{name}.{part}", "ptr", name, at)
        for part, at in (("data", DATA), ("shape", SHAPE), ("strides", STRIDES))
    )
    lengths = [block.load(f"{name}.n{axis}", "i64", shape, WORD * axis) for axis in range(array.ndim)]
    steps = [block.load(f"{name}.step{axis}", "i64", strides, WORD * axis) for axis in range(array.ndim)]
    size = "1"
    for axis, length in enumerate(lengths):
        block.lines.append(f"{name}.size{axis} = mul i64 {size}, {length}")
        size = f"{name}.size{axis}"
    axes = (f"i64 {part}" for part in (*lengths, *steps))
    return ["ptr null", "ptr null", f"i64 {size}", f"i64 {array.itemsize}", f"ptr {data}", *axes]
