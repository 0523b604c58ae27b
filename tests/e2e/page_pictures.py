"""Draw the pictures of the live page: a real worker and page, a web shop's series, and Debian's Chromium.

python -m tests.e2e.page_pictures docs/images
"""

from __future__ import annotations

import sys
import tempfile
import time
from io import BytesIO
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from PIL import Image
from playwright.sync_api import Browser

from tests.e2e import fleet
from tests.e2e.kafka_container import IMAGE, KafkaContainer
from tests.e2e.page_process import PageProcess, chromium
from tests.e2e.records import produce
from tests.e2e.waiting import wait_for
from tests.e2e.worker_process import WorkerProcess

N_COLOURS = 200
"""A picture of so few takes a third of the bytes, and looks the same."""

THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SERIES = fleet.name("http_latency_ms", "web-2")


def draw(browser: Browser, address: str, theme: Literal["light", "dark"], path: Path) -> None:
    """Draw the page in a theme."""
    page = browser.new_page(viewport={"width": 1400, "height": 900}, color_scheme=theme)
    page.goto(f"{address}?series={quote(SERIES)}")
    page.locator("#chart canvas").first.wait_for()
    page.locator("#open-list li").nth(2).wait_for()
    page.wait_for_timeout(3_000)
    picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
    # The octree keeps also the colour of a few small marks.
    picture.quantize(N_COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(path, "png", optimize=True)
    page.close()


def main(folder: Path) -> None:
    """Run everything, and draw."""
    end_ms = time.time_ns() // 1_000_000 // fleet.STEP_MS * fleet.STEP_MS
    messages = list(fleet.messages(end_ms))
    n_last = len(fleet.KINDS) * len(fleet.HOSTS)
    with tempfile.TemporaryDirectory() as name, KafkaContainer(IMAGE, Path(name)) as kafka:
        chosen = {"brokers": kafka.bootstrap, "scores_topic": "scores", "partitions": 4}
        with (
            WorkerProcess(Path(name) / "worker.log", **chosen) as worker,
            PageProcess(Path(name), **chosen) as page,
            chromium() as browser,
        ):
            produce(kafka.bootstrap, "metrics", messages[:-n_last])
            n_points = n_last * (fleet.N_POINTS - 50)
            wait_for(
                lambda: worker.metric("streamgauge_points_total") >= n_points or None, "a worker that has read all"
            )
            for theme in THEMES:
                produce(kafka.bootstrap, "metrics", messages[-n_last:] if theme == THEMES[0] else [])
                draw(browser, page.address, theme, folder / f"page-{theme}.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
