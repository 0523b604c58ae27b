"""MkDocs hook: write llms.txt, a map of the documentation for language models, and the pages as Markdown beside it.

The format is that of llmstxt.org: a title, a summary, and a list of links with a description each.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

_pages: list[Page] = []


def on_nav(nav: Navigation, config: MkDocsConfig, **_: object) -> None:
    """Keep the pages in the order of the navigation."""
    _pages[:] = nav.pages


def on_post_build(config: MkDocsConfig) -> None:
    """Write llms.txt and copy the sources of its pages."""
    site = Path(config.site_dir)
    lines = [f"# {config.site_name}", "", f"> {config.site_description}", ""]
    for section in dict.fromkeys(_section(page) for page in _pages):
        lines += [f"## {section}", ""]
        lines += [_line(page) for page in _pages if _section(page) == section]
        lines.append("")
    (site / "llms.txt").write_text("\n".join(lines), encoding="utf-8")
    for page in _pages:
        shutil.copyfile(str(page.file.abs_src_path), site / page.file.src_uri)


def _section(page: Page) -> str:
    """Return the title of the page's section."""
    return page.parent.title if page.parent else "Start"


def _line(page: Page) -> str:
    """Link to a page's source, with the first sentence of the page as description."""
    paragraphs = re.split(r"\n\s*\n", page.markdown or "")
    first = next((text for text in paragraphs if re.match(r"[\w*`]", text.strip())), "")
    plain = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", " ".join(first.split()))
    sentence = re.split(r"(?<=[.:?]) ", plain)[0].removesuffix(":")
    return f"- [{page.title}]({page.file.src_uri}): {sentence}"
