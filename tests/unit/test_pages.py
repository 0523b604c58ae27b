"""README, the pages under docs/ and the papers beside them: links that lead somewhere, terms and sections in order."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PAGES = sorted([*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md")])
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)([^)\s]+)\)")


def name(page: Path) -> str:
    return page.relative_to(REPOSITORY).as_posix()


@cache
def text(page: Path) -> str:
    """Read a page without its code blocks."""
    return FENCE.sub("", page.read_text(encoding="utf-8"))


@cache
def anchors(page: Path) -> set[str]:
    """Name the headings of a page as links write them."""
    headings = re.findall(r"^#+ (.+)$", text(page), re.MULTILINE)
    plain = [re.sub(r"[`*]|\[|\]\([^)]*\)", "", heading).lower() for heading in headings]
    ascii_only = [unicodedata.normalize("NFKD", heading).encode("ascii", "ignore").decode() for heading in plain]
    return {re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", heading).strip()) for heading in ascii_only}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_relative_link_leads_to_a_file_and_a_heading_that_are_there(page: Path) -> None:
    for link in LINK.findall(text(page)):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_every_section_of_the_specification_that_the_code_names_is_there() -> None:
    sources = [path.read_text() for path in (REPOSITORY / "stream" / "detection").glob("*.py")]
    named = {number for source in sources for number in re.findall(r"sections? (\d(?:\.\d)?)", source)}
    headings = set(re.findall(r"^#+ (\d(?:\.\d)?)", text(REPOSITORY / "docs" / "specification.md"), re.MULTILINE))
    assert len(named) > 8
    assert named <= headings


def test_the_glossary_is_short_and_in_order() -> None:
    page = text(REPOSITORY / "docs" / "glossary.md")
    terms = re.findall(r"^\| ([^|]+?) \| ", page, re.MULTILINE)[2:]
    assert len(terms) <= 40
    assert terms == sorted(terms)
