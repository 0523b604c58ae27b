"""HTML pages of one style: self-contained, for screen and paper.

A page is a template that extends `templates/page.html`. What is filled in is escaped.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from jinja2 import Environment, FileSystemLoader, StrictUndefined

TEMPLATES = Path(__file__).parent / "templates"

Cell: TypeAlias = str | tuple[str, str]
"""Of a table: a text, or a text with the anchor that it links to."""


def render(template: Path, **values: object) -> str:
    """Fill a template in.

    Parameters
    ----------
    template : Path
        It may use those beside it and `parts.html`: tables, pictures, lists of contents.
    **values : object
        By the names that the template uses.

    Raises
    ------
    jinja2.UndefinedError
        If the template uses a name that has no value.
    """
    environment = Environment(
        loader=FileSystemLoader([template.parent, TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["data_url"] = _data_url
    environment.tests["numeric"] = is_numeric
    environment.tests["numeric_column"] = _is_numeric_column
    return environment.get_template(template.name).render(values)


def is_numeric(cell: Cell) -> bool:
    """Check whether a cell is a number, to align it."""
    if not isinstance(cell, str):
        return False
    return cell == "-" or (cell.lstrip("-")[:1].isdigit() and all(letter in "0123456789.,eE-+ %/" for letter in cell))


def _is_numeric_column(column: int, rows: Sequence[Sequence[Cell]]) -> bool:
    return bool(rows) and all(is_numeric(row[column]) for row in rows)


def _data_url(png: bytes | Path) -> str:
    content = png.read_bytes() if isinstance(png, Path) else png
    return f"data:image/png;base64,{b64encode(content).decode('ascii')}"
