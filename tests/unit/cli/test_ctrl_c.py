"""Ctrl-C while a command waits for its broker: the exit code is the one that shells give."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from stream.errors import INTERRUPTED_EXIT_CODE


def test_ctrl_c_ends_a_command_with_130(repository: Path) -> None:
    command = [sys.executable, "-m", "stream", "topics", "check", "--brokers", "127.0.0.1:1", "--wait"]
    with subprocess.Popen(command, cwd=repository, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("try 1: no broker answers")
        process.send_signal(signal.SIGINT)
    assert process.returncode == INTERRUPTED_EXIT_CODE
