"""What commands print on a real terminal of 80 columns: no line is longer, so that no word is cut."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

COMMAND = Path(sys.executable).with_name("streamgauge")
COLOUR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
NOBODY = "127.0.0.1:1"
"""A port where nobody listens."""

FOLDER = "a-folder-with-a-name-that-is-long-enough-to-need-a-line-of-its-own"


def shown(arguments: list[str], folder: Path) -> list[str]:
    """Run a command on a terminal of 80 columns and give its lines, colours taken away."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    inherited = {name: text for name, text in os.environ.items() if not name.startswith(("STREAMGAUGE_", "COLUMNS"))}
    with subprocess.Popen(
        [COMMAND, *arguments], env=inherited | {"TERM": "xterm"}, cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs
    ):
        os.close(theirs)
        return COLOUR.sub("", _read(ours)).replace("\r", "").splitlines()


def _read(terminal: int) -> str:
    """Read until the other side is closed, which Linux tells as an error."""
    parts = []
    try:
        while part := os.read(terminal, 65536):
            parts.append(part)
    except OSError:
        os.close(terminal)
    return b"".join(parts).decode()


@pytest.mark.parametrize(
    "arguments",
    [
        ["doctor", "--brokers", NOBODY],
        ["worker", "--brokers", NOBODY, "--health-port", "0"],
        ["publish", "csv", "--brokers", NOBODY, "points.csv"],
        ["topics", "create", "--brokers", NOBODY],
        ["model", "show", f"{FOLDER}/nothing.onnx"],
        ["everything"],
    ],
)
def test_no_line_of_a_command_is_longer_than_the_terminal(arguments: list[str], tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text("timestamp,value\n1404172800,1\n")
    lines = shown(arguments, tmp_path)
    assert lines
    assert [line for line in lines if len(line) > 80] == []


def test_no_line_of_the_demo_is_longer_than_the_terminal(tmp_path: Path) -> None:
    lines = shown(["demo"], tmp_path)
    assert any(line.startswith("level shift") for line in lines)
    bars = re.compile(r"scored .*points")  # Drawn over and over in the same line.
    assert [line for line in lines if len(line) > 80 and not bars.search(line)] == []
