"""The page beside a real worker with a web shop's series, and a browser that looks at it."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

from playwright.sync_api import Page, expect

from stream.control.reader import read_control
from stream.control.view import ControlView
from stream.settings.settings import Settings
from tests.e2e import fleet
from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.page_process import PageProcess, chromium
from tests.e2e.records import produce
from tests.e2e.waiting import wait_for
from tests.e2e.worker_process import WorkerProcess

expect.set_options(timeout=60_000)


@dataclass
class PageSite:
    """All that runs: broker, worker, page and browser.

    Attributes
    ----------
    settings : Settings
    end_ms : int
        Event time of the newest point.
    hosts : set of str
        That the browser has asked for anything.
    complaints : list of str
        Errors in the browser's console, and what its security policy blocked.
    """

    kafka: KafkaContainer
    settings: Settings
    process: PageProcess
    page: Page
    end_ms: int
    hosts: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)

    def open(self, query: str = "") -> Page:
        """Open the page anew."""
        self.page.goto(f"{self.process.address}{query}")
        expect(self.page.locator("#connection-text")).to_have_text("live")
        return self.page

    def show(self, series: str, more: str = "") -> Page:
        """Open the page with one series."""
        page = self.open(f"?series={quote(series)}{more}")
        expect(page.locator("#detail-name")).to_have_text(series)
        return page

    def send(self, series: str, values: list[float]) -> None:
        """Publish the next points of a series."""
        points = [[self.end_ms + (n + 1) * fleet.STEP_MS, value] for n, value in enumerate(values)]
        message = json.dumps({"series": series, "points": points}).encode()
        produce(self.kafka.bootstrap, self.settings.metrics_topic, [(series.encode(), message)])

    def control(self) -> ControlView:
        """Read the control topic."""
        return read_control(self.settings)


@contextmanager
def page_site(kafka: KafkaContainer, folder: Path) -> Iterator[PageSite]:
    """Run all of it, once the worker has read the series."""
    unique = uuid.uuid4().hex[:12]
    names = {f"{topic}_topic": f"{topic}-{unique}" for topic in ("metrics", "anomalies", "scores", "dead_letter")}
    chosen = {"brokers": kafka.bootstrap, "app_id": f"page-{unique}", "partitions": 4, **names}
    end_ms = time.time_ns() // 1_000_000 // fleet.STEP_MS * fleet.STEP_MS
    worker = WorkerProcess(folder / "worker.log", checkpoint_interval_s=0.3, **chosen)
    with worker, PageProcess(folder, **chosen) as process, chromium() as browser:
        produce(kafka.bootstrap, names["metrics_topic"], fleet.messages(end_ms))
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        made = PageSite(kafka, Settings.load(None, **chosen), process, page, end_ms)
        page.on("request", lambda request: made.hosts.add(urlsplit(request.url).netloc))
        page.on("console", lambda message: made.complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: made.complaints.append(str(error)))
        made.open()
        n_points = len(fleet.KINDS) * len(fleet.HOSTS) * fleet.N_POINTS
        wait_for(lambda: worker.metric("streamgauge_points_total") >= n_points or None, "a worker that has read all")
        yield made
