"""The live page with thousands of series in a real browser: bytes, time to the list, frames while scrolling.

    python -m benchmarks.page

Series are put on the page's board directly, without Kafka; server, store and browser are the real ones. Needs the extra
`page`, Playwright and Debian's chromium (deploy/debian/install.sh chromium=chromium).
"""

from __future__ import annotations

import asyncio
import resource
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import numpy as np
from playwright.sync_api import Page, sync_playwright

from stream.events.episodes import ScoredPoint
from stream.page.board import Board
from stream.page.server import serve
from stream.page.store import PageStore
from stream.settings.settings import Settings

N_POINTS, STEP_MS = 180, 10_000
LIVE_S = 10.0
HEADER = ("series", "list is there after", "frame while scrolling, median / p95", "rows that exist", "to a browser",
          "bytes a point in the store", "memory")  # fmt: skip
SCROLL = """async () => {
  const list = document.getElementById("list"), frames = [];
  let last = performance.now();
  for (let n = 0; n < 240; n++) {
    list.scrollTop += 400;
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    frames.push(now - last);
    last = now;
  }
  frames.sort((a, b) => a - b);
  return [frames[120], frames[228], document.querySelectorAll("#list .row").length];
}"""


def fill(board: Board, n_series: int, first: int, n_points: int) -> None:
    """Add points of every series, as the feed does."""
    rng = np.random.default_rng(first)
    start_ms = 1_790_000_000_000
    for step in range(first, first + n_points):
        values = np.round(100 + rng.standard_normal(n_series), 3).tolist()
        with board.lock:
            for n, value in enumerate(values):
                board.add_point(
                    ScoredPoint(
                        series=f'cpu_percent{{dc="eu-1",host="web-{n:05d}"}}',
                        timestamp=start_ms + step * STEP_MS,
                        value=value,
                        expected=100.01,
                        lower=97.23,
                        upper=102.71,
                        score=abs(value - 100) / 4,
                        state="normal",
                    )
                )


@contextmanager
def served(board: Board) -> Iterator[str]:
    """Serve a board in a thread; yield the address."""
    address: list[str] = []
    ready, ended = threading.Event(), threading.Event()

    async def run() -> None:
        async with serve(Settings.load(None, page_port=0, scores_topic="scores"), board) as found:
            address.append(found)
            ready.set()
            await asyncio.to_thread(ended.wait)

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    ready.wait()
    try:
        yield address[0]
    finally:
        ended.set()
        thread.join()


def measure(page: Page, n_series: int) -> list[str]:
    """Measure one size; return the cells of its row."""
    with tempfile.TemporaryDirectory() as folder, PageStore(Path(folder)) as store:
        board = Board(store)
        fill(board, n_series, 0, N_POINTS)
        board.write([])
        n_bytes = store.n_bytes() / (n_series * N_POINTS)
        with served(board) as address:
            session = page.context.new_cdp_session(page)
            session.send("Network.enable")
            received: list[float] = []
            session.on("Network.dataReceived", lambda event: received.append(event["dataLength"]))
            begun = time.monotonic()
            page.goto(f"{address}?series=cpu_percent%7Bdc%3D%22eu-1%22%2Chost%3D%22web-00000%22%7D")
            page.locator("#list .row b").first.wait_for()
            listed_s = time.monotonic() - begun
            page.wait_for_timeout(2_000)
            received.clear()
            fill(board, n_series, N_POINTS, 1)
            page.wait_for_timeout(1_000 * LIVE_S)
            rate = sum(received) / LIVE_S / 1_000
            median, p95, n_rows = page.evaluate(SCROLL)
    return [
        f"{n_series:,}",
        f"{1_000 * listed_s:,.0f} ms",
        f"{median:.0f} / {p95:.0f} ms",
        str(n_rows),
        f"{rate:.0f} KB/s",
        f"{n_bytes:.0f}",
        f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB",
    ]


def main() -> None:
    """Print a row for each number of series."""
    click.echo(f"| {' | '.join(HEADER)} |\n|{' --- |' * len(HEADER)}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for n_series in (1_000, 5_000, 20_000):
            page = browser.new_page(viewport={"width": 1400, "height": 900})
            click.echo(f"| {' | '.join(measure(page, n_series))} |")
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
