"""The page: HTML that needs nothing but itself, and reads on paper as on a screen."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

STYLE = """
body { font: 15px/1.5 Georgia, 'DejaVu Serif', serif; color: #1b1b1b; max-width: 60rem;
  margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.9rem; line-height: 1.2 } h2 { margin-top: 2.5rem; border-bottom: 2px solid #1f5a96 }
h3 { margin-top: 1.6rem }
h1, h2, h3, th, td, figcaption, nav { font-family: Helvetica, 'DejaVu Sans', Arial, sans-serif }
table { border-collapse: collapse; margin: 0.8rem 0; font-size: 13px }
th, td { padding: 0.25rem 0.6rem; border-bottom: 1px solid #ddd; text-align: left; vertical-align: top }
th { border-bottom: 2px solid #888 }
td.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }
figure { margin: 1rem 0 } img { max-width: 100% } figcaption { font-size: 13px; color: #444 }
code { font-size: 0.9em; background: #f2f2f2; padding: 0 0.2em }
@page { size: A4; margin: 15mm 14mm }
@media print {
  body { font-size: 10.5pt; margin: 0; max-width: none; padding: 0 } table, figcaption { font-size: 9pt }
  section.chapter { break-before: page } figure, table { break-inside: avoid }
  p { orphans: 3; widows: 3 } h2, h3 { break-after: avoid }
  thead { display: table-header-group } a { color: inherit; text-decoration: none }
}
"""


def page(title: str, sections: Iterable[str]) -> str:
    """Put a page together."""
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{escape(title)}</title>\n'
        f"<style>{STYLE}</style>\n</head>\n<body>\n<h1>{escape(title)}</h1>\n{''.join(sections)}</body>\n</html>\n"
    )


def paragraph(text: str) -> str:
    """Write a paragraph of plain text; what stands between backquotes becomes code."""
    parts = escape(text).split("`")
    marked = "".join(f"<code>{part}</code>" if i % 2 else part for i, part in enumerate(parts))
    return f"<p>{marked}</p>\n"


def heading(level: int, text: str, anchor: str | None = None) -> str:
    """Write a heading that may be linked to."""
    place = "" if anchor is None else f' id="{anchor}"'
    return f"<h{level}{place}>{escape(text)}</h{level}>\n"


def contents(entries: Sequence[tuple[str, str]]) -> str:
    """Write the list of contents: anchors and texts."""
    lines = "".join(f'<li><a href="#{anchor}">{escape(text)}</a></li>\n' for anchor, text in entries)
    return f"<nav><ol>\n{lines}</ol></nav>\n"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table; cells that are numbers stand to the right."""
    top = "".join(f"<th>{escape(name)}</th>" for name in header)
    lines = "".join(f"<tr>{''.join(_cell(cell) for cell in row)}</tr>\n" for row in rows)
    return f"<table>\n<thead><tr>{top}</tr></thead>\n<tbody>\n{lines}</tbody>\n</table>\n"


def figure(path: Path, caption: str) -> str:
    """Put a PNG file into the page itself, with a caption that says what to see."""
    return picture(path.read_bytes(), caption)


def picture(png: bytes, caption: str) -> str:
    """Put a PNG into the page itself, with a caption that says what to see."""
    data = b64encode(png).decode("ascii")
    return (
        f'<figure><img src="data:image/png;base64,{data}" alt="{escape(caption)}">'
        f"<figcaption>{escape(caption)}</figcaption></figure>\n"
    )


def section(body: str) -> str:
    """Let a part of the page begin on a sheet of its own."""
    return f'<section class="chapter">\n{body}</section>\n'


def _cell(text: str) -> str:
    is_number = text[:1].isdigit() and all(letter in "0123456789.,eE-+ %" for letter in text)
    return f'<td class="number">{escape(text)}</td>' if is_number else f"<td>{escape(text)}</td>"
