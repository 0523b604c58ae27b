"""Measured tables in the pages of the docs, between markers that a reader does not see."""

from __future__ import annotations

from pathlib import Path

from benchmarks.harness.table import Table

REPOSITORY = Path(__file__).parents[2]
PAGES = tuple(REPOSITORY / name for name in ("README.md", "docs/performance.md", "docs/sizing.md"))


def markers(name: str) -> tuple[str, str]:
    """Return what stands before and after a table."""
    return f"<!-- measured: {name} -->", f"<!-- end of {name} -->"


def write(name: str, table: Table, machine: str) -> None:
    """Put a table in its place, on each page that has one.

    Raises
    ------
    LookupError
        If no page has a place for it.
    """
    pages = [page for page in PAGES if markers(name)[0] in page.read_text(encoding="utf-8")]
    if not pages:
        raise LookupError(f"no page has the marker {markers(name)[0]}: add it where the table is to stand")
    for page in pages:
        page.write_text(replaced(page.read_text(encoding="utf-8"), name, table, machine), encoding="utf-8")


def replaced(text: str, name: str, table: Table, machine: str) -> str:
    """Return the text of a page with the table between its markers."""
    start, end = markers(name)
    before, found, rest = text.partition(start)
    _old, closed, after = rest.partition(end)
    if not found or not closed:
        raise LookupError(f"expected {start} and {end} in the page, in this order")
    parts = [start, table.markdown(), _wrapped(f"{table.note} {machine}."), end]
    return before + "\n\n".join(parts) + after


def _wrapped(sentence: str, width: int = 120) -> str:
    """Break a sentence into lines of the docs' width."""
    lines = [""]
    for word in sentence.split():
        if len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] += f" {word}" if lines[-1] else word
    return "\n".join(lines)
