"""Where CPython and NumPy keep what the wrapper of an entry point reads."""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Final

import numpy as np

WORD: Final = 8
"""Bytes of an address, and of a length."""

TYPE: Final = 8
"""Byte of an object at which the address of its type lies (`PyObject`)."""

DATA: Final = 16
"""The same for the data of an array (`PyArrayObject`, the same since NumPy 1.7)."""

ELEMENTS: Final = 24
"""The same for the first element of a tuple (`PyTupleObject`); the next follow."""

N_AXES: Final = 24
SHAPE: Final = 32
STRIDES: Final = 40
DTYPE: Final = 56
FLAGS: Final = 64
CONTIGUOUS: Final = 1
"""Bit of the flags that says that an array is C-contiguous."""


@cache
def check_layout() -> None:
    """Check once that arrays and tuples lie in memory as expected.

    Raises
    ------
    RuntimeError
        If this Python or NumPy keeps it elsewhere.
    """
    array, pair = np.zeros((2, 3)), (object(), object())
    found = [_word(id(array) + at) for at in (TYPE, DATA, DTYPE)]
    elements = [_word(id(pair) + ELEMENTS + at) for at in (0, WORD)]
    lengths = [_word(_word(id(array) + at)) for at in (SHAPE, STRIDES)]
    counted = [_word(id(array) + at) & 0xFFFFFFFF for at in (N_AXES, FLAGS)]
    if (elements, found, lengths, counted[0], counted[1] & CONTIGUOUS) != (
        [id(element) for element in pair],
        [id(np.ndarray), array.ctypes.data, id(array.dtype)],
        [array.shape[0], array.strides[0]],
        array.ndim,
        CONTIGUOUS,
    ):
        raise RuntimeError(
            f"expected arrays of NumPy {np.__version__} to lie in memory as in NumPy 1.7 to 2, found something else: "
            "use versions of Python and NumPy that constraints.txt names"
        )


def _word(address: int) -> int:
    return ctypes.c_int64.from_address(address).value
