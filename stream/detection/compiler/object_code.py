"""Machine code of an entry point, made by numba.

Nothing else imports numba. What it compiles here may allocate nothing (`_nrt`), so that its machine code needs nothing
of numba where it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, Final

from llvmlite import binding

from stream.detection.compiler.linker import ObjectCode
from stream.detection.compiler.wrapper import wrapper

OPTIONS: Final[dict[str, Any]] = {"error_model": "numpy", "boundscheck": True, "_nrt": False, "no_cfunc_wrapper": True}
"""Division by zero is what it is in IEEE 754, an index out of bounds is an error, nothing is allocated, and nobody
calls us from C."""

NUMBA: Final[Any] = import_module("numba")
"""Without its types, which contradict what it takes."""


def stage_for_compiled(stage: Callable[..., object]) -> Any:
    """Return a stage as numba calls it from compiled code.

    Without what Python would need to call it: that saves a third of the time to compile.
    """
    return NUMBA.njit(**OPTIONS, no_cpython_wrapper=True)(stage)


def stage_for_python(stage: Callable[..., object]) -> Any:
    """Return a stage as Python can call it."""
    return NUMBA.njit(**OPTIONS)(stage)


def compile_entry(loop: Callable[..., object], values: Sequence[object]) -> ObjectCode:
    """Compile an entry point for arguments like these.

    Parameters
    ----------
    loop : callable
        Returns nothing, or a count.
    values : sequence
        Of a call: arrays, numbers and tuples of these.
    """
    types = tuple(NUMBA.typeof(value) for value in values)
    target = NUMBA.core.registry.cpu_target
    contexts = (target.typing_context, target.target_context)
    result = NUMBA.core.compiler.compile_extra(*contexts, loop, types, None, _flags(), {})
    _name, _kind, (code, _bitcode) = result.library.serialize_using_object_code()
    return ObjectCode(code, _emit(wrapper(result.fndesc.llvm_func_name, values)))


def _flags() -> Any:
    flags = NUMBA.core.compiler.Flags()
    flags.nrt, flags.boundscheck, flags.error_model = False, True, "numpy"
    flags.no_cpython_wrapper = flags.no_cfunc_wrapper = True
    return flags


def _emit(assembly: str) -> bytes:
    """Return the machine code of a module in LLVM's assembly language."""
    machine = binding.Target.from_default_triple().create_target_machine(jit=True)
    code: bytes = machine.emit_object(binding.parse_assembly(assembly))
    return code
