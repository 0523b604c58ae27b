"""Bundle files: opened without links, read to a limit."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

from stream.errors import ModelError

MAX_BYTES = 64 * 2**20


def open_regular(path: Path) -> BinaryIO:
    """Open a file, but no link and no pipe.

    Raises
    ------
    ModelError
        If it is no regular file or cannot be read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise ModelError("expected a regular file, found a symbolic link: name the file it leads to") from error
        raise ModelError(f"expected a file that can be read: {error.strerror}") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise ModelError("expected a regular file, found a directory, a pipe or a device")
    return os.fdopen(descriptor, "rb")


def read_limited(file: BinaryIO) -> bytes:
    """Read an open file whole.

    Raises
    ------
    ModelError
        If it is empty or above `MAX_BYTES`; then it is not read at all.
    """
    size = os.fstat(file.fileno()).st_size
    if size == 0:
        raise ModelError("expected a model, found an empty file")
    if size > MAX_BYTES:
        raise ModelError(f"expected at most {MAX_BYTES:,} bytes, found {size:,}")
    return file.read(MAX_BYTES)
