"""README, the pages under docs/ and the papers beside them: lines that fit, links that lead somewhere."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

import pytest

from stream.detection.state.record import RECORD

REPOSITORY = Path(__file__).resolve().parents[2]
PAGES = sorted([*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md")])
WIDTH = 120
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


def can_be_broken(line: str) -> bool:
    """Report whether a line could be shorter: rows of tables, printed output and long words cannot."""
    return not line.startswith(("|", "    ")) and max(len(word) for word in line.split()) < WIDTH


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_no_line_of_text_is_longer_than_120_columns(page: Path) -> None:
    assert not [line for line in text(page).splitlines() if len(line) > WIDTH and can_be_broken(line)]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_relative_link_leads_to_a_file_and_a_heading_that_are_there(page: Path) -> None:
    for link in LINK.findall(text(page)):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_the_pages_of_the_site_link_to_nothing_outside_of_it() -> None:
    site = REPOSITORY / "docs"
    links = [(page, link.partition("#")[0]) for page in site.rglob("*.md") for link in LINK.findall(text(page))]
    assert not [(name(page), link) for page, link in links if not (page.parent / link).resolve().is_relative_to(site)]


def test_every_page_of_the_site_is_in_its_navigation() -> None:
    listed = re.findall(r"([\w/-]+\.md)$", (REPOSITORY / "mkdocs.yml").read_text(), re.MULTILINE)
    site = REPOSITORY / "docs"
    assert sorted(listed) == [page.relative_to(site).as_posix() for page in sorted(site.rglob("*.md"))]


def test_the_size_of_the_state_is_the_same_on_every_page() -> None:
    pages = [REPOSITORY / "README.md", *(REPOSITORY / "docs").glob("*.md")]
    sizes = [size for page in pages for size in re.findall(r"(\d,\d{3}) bytes", page.read_text())]
    assert len(sizes) >= 5
    assert set(sizes) == {f"{RECORD.itemsize:,}"}


def test_every_section_of_the_specification_that_the_code_names_is_there() -> None:
    sources = [path.read_text() for path in (REPOSITORY / "stream" / "detection").rglob("*.py")]
    named = {number for source in sources for number in re.findall(r"sections? (\d(?:\.\d)?)", source)}
    headings = set(re.findall(r"^#+ (\d(?:\.\d)?)", text(REPOSITORY / "docs" / "specification.md"), re.MULTILINE))
    assert len(named) > 8
    assert named <= headings


def test_the_glossary_is_short_and_in_order() -> None:
    page = text(REPOSITORY / "docs" / "glossary.md")
    terms = re.findall(r"^\| ([^|]+?) \| ", page, re.MULTILINE)[2:]
    assert len(terms) <= 40
    assert terms == sorted(terms)
