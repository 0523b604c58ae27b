"""The demo's worker process: however the demo is ended, it does not stay behind."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from stream.testing.worker_process import worker


def test_a_ctrl_c_while_the_process_starts_ends_it_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[int] = []

    class Interrupted(subprocess.Popen[bytes]):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            started.append(self.pid)
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(subprocess, "Popen", Interrupted)
    with pytest.raises(KeyboardInterrupt), worker(dict(os.environ), tmp_path / "worker.log"):
        pytest.fail("the Ctrl-C was lost")
    assert started
    assert not Path(f"/proc/{started[0]}").exists()


def test_a_signal_that_did_not_come_leaves_the_handlers_as_they_were(tmp_path: Path) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with worker(dict(os.environ), tmp_path / "worker.log"):
        assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
