"""Linking of an entry point's machine code into this process."""

from __future__ import annotations

import ctypes
import ctypes.util
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files
from typing import Final, TypeAlias

from llvmlite import binding
from llvmlite.utils import get_library_name

from stream.detection.compiler.layout import check_layout
from stream.detection.compiler.wrapper import ENTRY, expected_addresses

Code: TypeAlias = Callable[..., int]

LIBM_NAMES: Final = {"numba_frexp": "frexp"}
"""Functions that numba has of its own, for libm's of other names."""

METH_FASTCALL: Final = 0x80
"""A C function that is given the address of its arguments, and how many there are."""


class _MethodDef(ctypes.Structure):
    """What Python wants to know of a C function (`PyMethodDef`)."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("address", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p),
    )


_KEPT: Final[list[object]] = []
"""What owns machine code, until the process ends."""


def link(name: str, code: bytes, values: Sequence[object]) -> Code:
    """Link an entry point's machine code; return what calls it.

    Each has an engine of its own, since names of functions are only unique within what one process has compiled.

    Parameters
    ----------
    name : str
        Of the entry point.
    code : bytes
        Object file of the entry point and of what Python calls (`stream.detection.compiler.wrapper`).
    values : sequence
        Arrays, numbers and tuples of these, of the types of each call to come.
    """
    check_layout()
    engine = binding.create_mcjit_compiler(binding.parse_assembly(""), _machine())
    engine.add_object_file(binding.ObjectFileRef.from_data(code))
    engine.finalize_object()
    method = _MethodDef(name.encode(), engine.get_function_address(ENTRY), METH_FASTCALL, None)
    _KEPT.extend((engine, method))
    function: Code = _new_function()(ctypes.byref(method), expected_addresses(values), None)
    return function


@cache
def _machine() -> binding.TargetMachine:
    """Make LLVM ready to link, once a process."""
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    libm = ctypes.CDLL(ctypes.util.find_library("m"))
    for name, of_libm in LIBM_NAMES.items():
        binding.add_symbol(name, ctypes.cast(getattr(libm, of_libm), ctypes.c_void_p).value)
    return binding.Target.from_default_triple().create_target_machine(jit=True)


def library() -> str:
    """Return the path of LLVM's library."""
    return str(files(binding) / get_library_name())


@cache
def _new_function() -> Callable[..., Code]:
    """Return what makes a Python function of a C one."""
    new = ctypes.pythonapi.PyCFunction_NewEx
    new.restype, new.argtypes = ctypes.py_object, (ctypes.c_void_p, ctypes.py_object, ctypes.c_void_p)
    return new
