"""Machine code of an entry point, made by numba.

Nothing else imports numba. What it compiles here may allocate nothing (`_nrt`), so that its machine code needs nothing
of numba where it runs.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from types import SimpleNamespace
from typing import Any, Final

from llvmlite import binding

from stream.detection.compiler.processor import processor
from stream.detection.compiler.wrapper import ENTRY, wrapper

OPTIONS: Final[dict[str, Any]] = {"error_model": "numpy", "boundscheck": True, "_nrt": False, "no_cfunc_wrapper": True}
"""Division by zero is what it is in IEEE 754, an index out of bounds is an error, nothing is allocated, and nobody
calls us from C."""

OPTIMISED: Final = 3
"""LLVM's level of optimisation."""


@cache
def _numba() -> Any:
    """Import numba, without its types, which contradict what it takes.

    It leaves optimisation to us: it would optimise a stage again with each of its callers.
    """
    os.environ.setdefault("NUMBA_OPT", "0")
    return import_module("numba")


@cache
def _part() -> type:
    """Return what holds the code of a stage as a part of an entry point.

    By itself it is never called, and needs no machine code.
    """
    nothing = {
        "_finalize_specific": lambda _: None,
        "get_pointer_to_function": lambda _, __: 0,
        "codegen": SimpleNamespace(set_env=lambda _, __: None),
    }
    return type("Part", (_numba().core.codegen.JITCodeLibrary,), nothing)


def stage_for_compiled(stage: Callable[..., object]) -> Any:
    """Return a stage as numba calls it from compiled code.

    Without what Python would need to call it: that saves a third of the time to compile.
    """
    return _numba().njit(**OPTIONS, no_cpython_wrapper=True)(stage)


def stage_for_python(stage: Callable[..., object]) -> Any:
    """Return a stage as Python can call it."""
    return _numba().njit(**OPTIONS)(stage)


def compile_entry(loop: Callable[..., object], values: Sequence[object]) -> bytes:
    """Compile an entry point for arguments like these; return an object file.

    Parameters
    ----------
    loop : callable
        Returns nothing, or a count.
    values : sequence
        Of a call: arrays, numbers and tuples of these.
    """
    numba = _numba()
    types, target = tuple(map(numba.typeof, values)), numba.core.registry.cpu_target
    with numba.core.compiler_lock.global_compiler_lock, _parts_alone(target.target_context.codegen()):
        contexts = (target.typing_context, target.target_context)
        result = numba.core.compiler.compile_extra(*contexts, loop, types, None, _flags(), {})
        _name, _kind, bitcode = result.library.serialize_using_bitcode()
    module = binding.parse_bitcode(bitcode)
    module.link_in(binding.parse_assembly(wrapper(result.fndesc.llvm_func_name, values)))
    return _emit(module)


@contextmanager
def _parts_alone(codegen: Any) -> Iterator[None]:
    """Compile to LLVM's language alone."""
    usual = codegen._library_class
    codegen._library_class = _part()
    try:
        yield
    finally:
        codegen._library_class = usual


def _flags() -> Any:
    flags = _numba().core.compiler.Flags()
    flags.nrt, flags.boundscheck, flags.error_model = False, True, "numpy"
    flags.no_cpython_wrapper = flags.no_cfunc_wrapper = True
    return flags


def _emit(module: binding.ModuleRef) -> bytes:
    """Optimise a module as a whole, of which `ENTRY` is called; return its machine code."""
    for function in module.functions:
        if not function.is_declaration:
            function.linkage = "external" if function.name == ENTRY else "internal"
    machine = _machine()
    tuning = binding.create_pipeline_tuning_options(speed_level=OPTIMISED)
    tuning.loop_vectorization, tuning.slp_vectorization = True, False
    builder = binding.create_pass_builder(machine, tuning)
    builder.getModulePassManager().run(module, builder)
    code: bytes = machine.emit_object(module)
    return code


def _machine() -> binding.TargetMachine:
    """Return the processor that code is made for."""
    cpu, features = processor()
    target = binding.Target.from_default_triple()
    return target.create_target_machine(cpu=cpu, features=features, opt=OPTIMISED, jit=True)
