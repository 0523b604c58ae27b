"""The live page with thousands of series in a real browser: time to the list, answers, frames while scrolling, bytes.

    python -m benchmarks.page

Points are put on the page's board directly, without Kafka: one of each series in ten seconds, while everything else is
measured. Server, store and browser are the real ones. Needs the extra `page`, Playwright and Debian's chromium
(deploy/debian/install.sh chromium=chromium).
"""

from __future__ import annotations

import asyncio
import itertools
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
from playwright.sync_api import Browser, Page, sync_playwright

from stream.events.episodes import ScoredPoint
from stream.page.board import Board
from stream.page.server import serve
from stream.page.store import PageStore
from stream.settings.settings import Settings

N_POINTS, STEP_MS = 180, 10_000
LIVE_S = 10.0
N_ANSWERS = 15
HEADER = ("series", "list is there after", "rows of the list answered in, median / worst",
          "frame while scrolling, median / p95", "rows that exist", "to a browser", "bytes a point in the store",
          "memory")  # fmt: skip
ANSWERS = """async (n) => {
  const taken = [];
  while (taken.length < n) {
    const begun = performance.now();
    await (await fetch("/api/series?offset=40&limit=60", {cache: "no-store"})).json();
    taken.push(performance.now() - begun);
    await new Promise((resolve) => setTimeout(resolve, 1050));  // The order of the list is at most a second old.
  }
  taken.sort((a, b) => a - b);
  return [taken[n >> 1], taken[n - 1]];
}"""
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


def fill(board: Board, series: range, first: int, n_points: int) -> None:
    """Add points of series, as the feed does."""
    rng = np.random.default_rng(first)
    start_ms = 1_790_000_000_000
    for step in range(first, first + n_points):
        values = np.round(100 + rng.standard_normal(len(series)), 3).tolist()
        with board.lock:
            for n, value in zip(series, values, strict=True):
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
def fed(board: Board, n_series: int) -> Iterator[None]:
    """Add a point of every tenth series a second, in a thread."""
    ended = threading.Event()

    def run() -> None:
        for second in itertools.count():
            fill(board, range(second % 10, n_series, 10), N_POINTS + second // 10, 1)
            if ended.wait(1.0):
                return

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


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


def warm_up(browser: Browser) -> None:
    """Open the page of an empty board: the first page of a browser takes seconds longer."""
    with tempfile.TemporaryDirectory() as folder, PageStore(Path(folder)) as store, served(Board(store)) as address:
        page = browser.new_page()
        page.goto(address)
        page.locator("#connection.good").wait_for()
        page.close()


def measure(page: Page, n_series: int) -> list[str]:
    """Measure one size; return the cells of its row."""
    with tempfile.TemporaryDirectory() as folder, PageStore(Path(folder)) as store:
        board = Board(store)
        fill(board, range(n_series), 0, N_POINTS)
        board.write([])
        n_bytes = store.n_bytes() / (n_series * N_POINTS)
        with served(board) as address, fed(board, n_series):
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
            page.wait_for_timeout(1_000 * LIVE_S)
            rate = sum(received) / LIVE_S / 1_000
            answered, slowest = page.evaluate(ANSWERS, N_ANSWERS)
            median, p95, n_rows = page.evaluate(SCROLL)
    return [
        f"{n_series:,}",
        f"{1_000 * listed_s:,.0f} ms",
        f"{answered:.0f} / {slowest:.0f} ms",
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
        warm_up(browser)
        for n_series in (1_000, 5_000, 20_000):
            page = browser.new_page(viewport={"width": 1400, "height": 900})
            click.echo(f"| {' | '.join(measure(page, n_series))} |")
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
