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

from stream.detection.compiler.arguments import Types, described
from stream.detection.compiler.code_folder import code_folder
from stream.detection.compiler.processor import processor

DIGEST_BYTES: Final = 32
DIGEST_LETTERS: Final = 32

READABLE: Final = 0o644
"""An image is made by root, and its workers run as another user."""


def find_or_compile(loop: Callable[..., object], values: Sequence[object], types: Types) -> bytes:
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
        code = _compile(loop, values)
        if path:
            write(path, code)
    return code


def read(path: Path) -> bytes | None:
    """Read machine code; None where there is none that is whole."""
    with suppress(OSError):
        content = path.read_bytes()
        digest, body = content[:DIGEST_BYTES], content[DIGEST_BYTES:]
        if sha256(body).digest() == digest:
            return body
    return None


def write(path: Path, code: bytes) -> None:
    """Write machine code, all or nothing; a full disk is no error."""
    with suppress(OSError), tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        try:
            file.write(sha256(code).digest() + code)
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


def _compile(loop: Callable[..., object], values: Sequence[object]) -> bytes:
    code: bytes = import_module("stream.detection.compiler.object_code").compile_entry(loop, values)
    return code


@cache
def compiler_facts() -> tuple[str, ...]:
    """Return the versions of the compiler, and the processor it compiles for."""
    return version("numba"), version("llvmlite"), *processor()
