"""Files of cached machine code, one for an entry point and the types of its arguments."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from hashlib import sha256
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Final

from llvmlite import binding

from stream.detection.compiler.arguments import Types, described
from stream.detection.compiler.code_folder import code_folder
from stream.detection.compiler.linker import ObjectCode

DIGEST_BYTES: Final = 32
LENGTH_BYTES: Final = 8
DIGEST_LETTERS: Final = 32

READABLE: Final = 0o644
"""An image is made by root, and its workers run as another user."""


def find_or_compile(loop: Callable[..., object], values: Sequence[object], types: Types) -> ObjectCode:
    """Read an entry point's machine code, or make and cache it.

    Parameters
    ----------
    loop : callable
    values : sequence
        Arguments of a call.
    types : Types
        Theirs.
    """
    folder = code_folder()
    path = folder and folder / f"{loop.__name__}-{_digest(loop, types)}"
    code = read(path) if path else None
    if code is None:
        code = import_module("stream.detection.compiler.object_code").compile_entry(loop, values)
        if path:
            write(path, code)
    return code


def read(path: Path) -> ObjectCode | None:
    """Read machine code; None where there is none that is whole."""
    with suppress(OSError):
        content = path.read_bytes()
        digest, body = content[:DIGEST_BYTES], content[DIGEST_BYTES:]
        if sha256(body).digest() == digest:
            length = int.from_bytes(body[:LENGTH_BYTES], "little")
            return ObjectCode(body[LENGTH_BYTES:][:length], body[LENGTH_BYTES:][length:])
    return None


def write(path: Path, code: ObjectCode) -> None:
    """Write machine code, all or nothing; a full disk is no error."""
    body = len(code.native).to_bytes(LENGTH_BYTES, "little") + code.native + code.wrapper
    with suppress(OSError), tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        try:
            file.write(sha256(body).digest() + body)
            file.flush()
            os.fchmod(file.fileno(), READABLE)
            os.replace(file.name, path)
        except OSError:
            os.unlink(file.name)


def _digest(loop: Callable[..., object], types: Types) -> str:
    """Name the code: by its source, its arguments, its compiler, and the processor."""
    named = (loop.__qualname__, described(types), *compiler_facts())
    source = Path(loop.__code__.co_filename).read_bytes()
    return sha256(source + "\n".join(named).encode()).hexdigest()[:DIGEST_LETTERS]


@cache
def compiler_facts() -> tuple[str, ...]:
    """Return the versions of the compiler, and the processor it compiles for."""
    cpu = os.environ.get("NUMBA_CPU_NAME") or binding.get_host_cpu_name()
    features = os.environ.get("NUMBA_CPU_FEATURES")
    if features is None:
        features = "" if cpu == "generic" else binding.get_host_cpu_features().flatten()
    return version("numba"), version("llvmlite"), cpu, features
