"""What `streamgauge page` prints when it listens."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.cli.page import print_start
from stream.settings.settings import Settings


def test_a_person_reads_what_to_open_how_to_end_it_and_why_there_are_no_charts(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_start(Settings(), "http://127.0.0.1:8720/")
    first, _, second = capsys.readouterr().out.splitlines()
    assert first == "Open http://127.0.0.1:8720/ in a browser. Ctrl-C ends the page."
    assert second.startswith("No charts: without a scores topic the page shows episodes alone. Set STREAMGAUGE_SCORES_")


def test_a_page_on_every_address_names_one_that_can_be_opened(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    token = tmp_path / "token"
    token.write_text("0123456789abcdef")
    print_start(Settings(page_host="0.0.0.0", page_token_file=token, scores_topic="scores"), "http://0.0.0.0:8720/")
    text = capsys.readouterr().out
    assert text.startswith("Open http://localhost:8720/ in a browser; from elsewhere, port 8720 of this machine. ")
    assert "Requests are not encrypted: put a proxy with TLS before the page" in text
