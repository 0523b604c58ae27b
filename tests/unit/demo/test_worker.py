"""The demo's worker process: however the demo is ended, it does not stay behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from stream.errors import StreamgaugeError
from stream.testing.worker_process import Worker, worker


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


def stand_in(program: str, log: Path) -> Worker:
    """Run a program in place of the worker, with its output as log."""
    with log.open("wb") as output:
        return Worker(subprocess.Popen([sys.executable, "-c", program], stdout=output), log)


LOGS_THAT_IT_COMPILES = "import json; print(json.dumps({'event': 'compiling the detector'}), flush=True)\n"


def test_a_worker_that_compiles_is_waited_for_as_long_as_it_is_at_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stream.testing.worker_process.READY_WITHIN_S", 1.0)
    works = "import time\nend = time.process_time() + 2\nwhile time.process_time() < end: pass\nraise SystemExit(9)"
    said: list[str] = []
    with pytest.raises(StreamgaugeError, match="ended by itself with exit code 9"):
        stand_in(LOGS_THAT_IT_COMPILES + works, tmp_path / "worker.log").wait_ready(said.append)
    assert [text.partition(",")[0] for text in said] == ["compiling the detector"]


def test_a_worker_that_compiles_but_does_nothing_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stream.testing.worker_process.READY_WITHIN_S", 1.0)
    waits = "import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit())\nsignal.pause()"
    idle = stand_in(LOGS_THAT_IT_COMPILES + waits, tmp_path / "worker.log")
    with pytest.raises(StreamgaugeError, match="was not ready within 1 s"):
        idle.wait_ready()
    idle.stop()
