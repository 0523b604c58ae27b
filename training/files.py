"""Files that are written whole or not at all, and the sentence for what the operating system refuses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stream.errors import TrainingError


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that a reader finds all of it or nothing.

    Raises
    ------
    TrainingError
        If it cannot be written; see `writing`.
    """
    unfinished = path.with_name(f"{path.name}.part")
    with writing(path):
        try:
            unfinished.write_bytes(content)
            unfinished.replace(path)
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what the operating system refuses within the context into a sentence.

    Parameters
    ----------
    path : Path
        Named where the refusal names none, as that of a full disk.

    Raises
    ------
    TrainingError
        If a file is in the way or not writable, or the disk is full.
    """
    try:
        yield
    except BrokenPipeError:  # Whoever read the output has gone; no file is to blame.
        raise
    except OSError as error:
        raise TrainingError(
            f"expected to be able to write {error.filename or path}, but: {error.strerror or error}; "
            "make room or give other folders by --out and --logdir"
        ) from error
