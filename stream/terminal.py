"""Text on a terminal, wrapped between words."""

from __future__ import annotations

import re
import shutil
from typing import TextIO

from rich.cells import cell_len

_WORD = re.compile(r" *[^ ]+| +$")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
"""Codes that take no column."""


def fitted(text: str, stream: TextIO, indent: int = 0) -> str:
    """Wrap text on a terminal; leave it elsewhere.

    Parameters
    ----------
    text : str
        May have line breaks and colours.
    stream : TextIO
        Where the text will be written.
    indent : int
        Columns before a line that continues another.
    """
    return wrap(text, shutil.get_terminal_size().columns, indent) if stream.isatty() else text


def wrap(text: str, width: int, indent: int = 0) -> str:
    """Wrap lines at `width`; longer words stay whole."""
    return "\n".join(_wrap_line(line, width, indent) for line in text.split("\n"))


def _wrap_line(line: str, width: int, indent: int) -> str:
    lines, n_columns = [""], 0
    for word in _WORD.findall(line):
        n_word = cell_len(_COLOUR.sub("", word))
        if lines[-1].strip() and n_columns + n_word > width:
            lines.append(" " * indent + word.lstrip(" "))
            n_columns = cell_len(_COLOUR.sub("", lines[-1]))
        else:
            lines[-1] += word
            n_columns += n_word
    return "\n".join(lines)
