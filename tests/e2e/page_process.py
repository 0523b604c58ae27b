"""The real `streamgauge page` as a process of its own, and a browser that looks at it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from playwright.sync_api import Browser, sync_playwright

from tests.e2e.waiting import wait_for
from tests.e2e.worker_process import COMMAND


class PageProcess:
    """A page that can be killed and started again on its port.

    Parameters
    ----------
    folder : Path
        For its history and its log.
    settings : object
        Settings by the names of their fields; no other STREAMGAUGE_ variable reaches the page.
    """

    def __init__(self, folder: Path, **settings: object) -> None:
        self.log = folder / "page.log"
        chosen = {"page_port": 0, "page_data": folder / "page", **settings}
        inherited = {name: text for name, text in os.environ.items() if not name.startswith("STREAMGAUGE_")}
        self.environment = inherited | {f"STREAMGAUGE_{name.upper()}": str(value) for name, value in chosen.items()}
        self.address = ""
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start it and wait until it listens."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it."""
        if error is not None:
            error.add_note(f"the page's log:\n{self.log.read_text(errors='replace')[-4000:]}")
        self.kill()

    def start(self) -> None:
        """Start the process; after the first time on the same port."""
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [COMMAND, "page"], env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self.address = wait_for(self._address, f"a page that listens; its log is {self.log}")
        self.environment["STREAMGAUGE_PAGE_PORT"] = self.address.rstrip("/").rpartition(":")[2]

    def kill(self) -> None:
        """End the process with SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _address(self) -> str | None:
        if self._process is not None and self._process.poll() is not None:
            raise RuntimeError(f"the page ended: {self.log.read_text(errors='replace')[-4000:]}")
        found = re.search(r'"address": "(http[^"]+)"', self.log.read_text(errors="replace"))
        return None if found is None else found[1]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run Debian's Chromium without a window."""
    path = shutil.which("chromium")
    if path is None:
        raise RuntimeError("expected chromium: deploy/debian/install.sh chromium=chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()
