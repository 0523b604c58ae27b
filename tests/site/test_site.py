"""The documentation site: built with warnings as errors, without a network, and read without one."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

NOWHERE = "http://127.0.0.1:9"
"""A proxy that refuses every request."""


@pytest.fixture(scope="module")
def site(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the site, built where no other host can be reached."""
    folder = tmp_path_factory.mktemp("site")
    proxies = {f"{scheme}_proxy": NOWHERE for scheme in ("http", "https")} | {"NO_MKDOCS_2_WARNING": "1"}
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    built = subprocess.run(
        command, cwd=repository, env=os.environ | proxies, capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr
    return folder


def test_no_page_loads_anything_from_another_host(site: Path) -> None:
    loads = re.compile(r"<(?:script|img|iframe|link|source)\b[^>]*\b(?:src|href)=\"?(?:https?:)?//[^>]*>")
    pages = list(site.rglob("*.html"))
    assert len(pages) > 20
    assert not [(page.name, found) for page in pages for found in loads.findall(page.read_text())]


def test_no_style_sheet_loads_anything_from_another_host(site: Path) -> None:
    sheets = list(site.rglob("*.css"))
    assert sheets
    assert not [
        sheet.name for sheet in sheets if re.search(r"(?:url\(|@import\s*)[\"']?(?:https?:)?//", sheet.read_text())
    ]


def test_llms_txt_lists_every_page_of_the_navigation_with_a_source_that_is_there(site: Path, repository: Path) -> None:
    listed = re.findall(r"^- \[[^\]]+\]\(([^)]+)\): \S", (site / "llms.txt").read_text(), re.MULTILINE)
    pages = {path.relative_to(repository / "docs").as_posix() for path in (repository / "docs").rglob("*.md")}
    assert set(listed) == pages
    assert all((site / page).read_text() == (repository / "docs" / page).read_text() for page in listed)


@pytest.mark.parametrize(("page", "name"), [("api/model", "seal_windowed"), ("api/formats", "points.Decoder")])
def test_the_api_pages_show_what_the_docstrings_say(site: Path, page: str, name: str) -> None:
    html = (site / f"{page}.html").read_text()
    assert f'id="stream.{page.removeprefix("api/")}.{name}"' in html
    assert "Parameters" in html
