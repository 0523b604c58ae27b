"""Self-contained HTML page for screen and paper."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import NamedTuple

STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1b1b1b; --pale: #555; --line: #ddd; --tint: #f2f2f2;
  --mark: #1f5a96 }
@media screen and (prefers-color-scheme: dark) {
  :root { --paper: #16191d; --ink: #e4e4e4; --pale: #a8adb3; --line: #3a4048; --tint: #262b31; --mark: #7fb2e5 }
}
body { font: 15px/1.5 Georgia, 'DejaVu Serif', serif; color: var(--ink); background: var(--paper); max-width: 60rem;
  margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.9rem; line-height: 1.2 } h2 { margin-top: 2.5rem; border-bottom: 2px solid var(--mark) }
h3 { margin: 1.6rem 0 0.3rem; font-size: 1rem; overflow-wrap: anywhere } h2, h3 { scroll-margin-top: 3.5rem }
h1, h2, h3, th, td, figcaption, nav { font-family: Helvetica, 'DejaVu Sans', Arial, sans-serif }
a { color: var(--mark) }
nav.bar { position: sticky; top: 0; padding: 0.5rem 0; font-size: 13px; background: var(--paper);
  border-bottom: 1px solid var(--line); display: flex; flex-wrap: wrap; gap: 0.2rem 1rem }
table { border-collapse: collapse; margin: 0.8rem 0; font-size: 13px }
th, td { padding: 0.25rem 0.6rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top }
th { border-bottom: 2px solid var(--pale) }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }
figure { margin: 0.3rem 0 1.5rem } figcaption { font-size: 13px; color: var(--pale) }
img { max-width: 100%; background: #fff; border-radius: 3px }
code { font-size: 0.9em; background: var(--tint); padding: 0 0.2em }
@media screen and (max-width: 45rem) { table { display: block; overflow-x: auto } }
@page { size: A4; margin: 15mm 14mm }
@media print {
  body { font-size: 10.5pt; margin: 0; max-width: none; padding: 0 } table, figcaption { font-size: 9pt }
  section.chapter { break-before: page } figure, table { break-inside: avoid }
  p { orphans: 3; widows: 3 } h2, h3 { break-after: avoid }
  thead { display: table-header-group } a { color: inherit; text-decoration: none } nav.bar { display: none }
}
"""


class Link(NamedTuple):
    """A cell that links to an anchor."""

    text: str
    anchor: str


Cell = str | Link


def page(title: str, sections: Iterable[str]) -> str:
    """Put a page together."""
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width">\n<title>{escape(title)}</title>\n'
        f"<style>{STYLE}</style>\n</head>\n<body>\n<h1>{escape(title)}</h1>\n{''.join(sections)}</body>\n</html>\n"
    )


def paragraph(text: str) -> str:
    """Return a paragraph; backquoted text becomes code."""
    parts = escape(text).split("`")
    marked = "".join(f"<code>{part}</code>" if i % 2 else part for i, part in enumerate(parts))
    return f"<p>{marked}</p>\n"


def heading(level: int, text: str, anchor: str | None = None) -> str:
    """Write a heading that may be linked to."""
    place = "" if anchor is None else f' id="{escape(anchor)}"'
    return f"<h{level}{place}>{escape(text)}</h{level}>\n"


def contents(entries: Sequence[tuple[str, str]]) -> str:
    """Write the list of contents: anchors and texts."""
    lines = "".join(f"<li>{_link(Link(text, anchor))}</li>\n" for anchor, text in entries)
    return f"<nav><ol>\n{lines}</ol></nav>\n"


def bar(entries: Sequence[tuple[str, str]]) -> str:
    """Return the contents as a sticky bar."""
    return f'<nav class="bar">{" ".join(_link(Link(text, anchor)) for anchor, text in entries)}</nav>\n'


def table(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Return a table; numbers are right-aligned."""
    body = list(rows)
    columns = zip(header, zip(*body, strict=True), strict=True) if body else ((name, ()) for name in header)
    top = "".join(f"<th{_class(all(map(_is_number, column)))}>{escape(name)}</th>" for name, column in columns)
    lines = "".join(f"<tr>{''.join(map(_cell, row))}</tr>\n" for row in body)
    return f"<table>\n<thead><tr>{top}</tr></thead>\n<tbody>\n{lines}</tbody>\n</table>\n"


def figure(path: Path, caption: str) -> str:
    """Embed a PNG file with a caption."""
    return picture(path.read_bytes(), caption)


def picture(png: bytes, caption: str) -> str:
    """Embed a PNG with a caption."""
    data = b64encode(png).decode("ascii")
    return (
        f'<figure><img src="data:image/png;base64,{data}" alt="{escape(caption)}">'
        f"<figcaption>{escape(caption)}</figcaption></figure>\n"
    )


def section(body: str) -> str:
    """Start a part on its own printed page."""
    return f'<section class="chapter">\n{body}</section>\n'


def _cell(cell: Cell) -> str:
    text = _link(cell) if isinstance(cell, Link) else escape(cell)
    return f"<td{_class(_is_number(cell))}>{text}</td>"


def _class(is_number: bool) -> str:
    return ' class="number"' if is_number else ""


def _link(link: Link) -> str:
    return f'<a href="#{escape(link.anchor)}">{escape(link.text)}</a>'


def _is_number(cell: Cell) -> bool:
    """Check whether a cell is numeric."""
    if isinstance(cell, Link):
        return False
    return cell == "-" or (cell.lstrip("-")[:1].isdigit() and all(letter in "0123456789.,eE-+ %/" for letter in cell))
