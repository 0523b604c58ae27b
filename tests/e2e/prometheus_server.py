"""A real Prometheus, from Debian's package: with samples of the past, or scraping a worker."""

from __future__ import annotations

import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.ports import free_ports
from tests.e2e.waiting import wait_for


def install(repository: Path) -> None:
    """Install it where it is missing."""
    subprocess.run([repository / "deploy/debian/install.sh", "prometheus=prometheus"], check=True)


@contextmanager
def prometheus(folder: Path, samples: str) -> Iterator[str]:
    """Start a server that holds samples in OpenMetrics text; gives its address."""
    text, blocks = folder / "samples.om", folder / "tsdb"
    text.write_text(samples)
    subprocess.run(
        ["promtool", "tsdb", "create-blocks-from", "openmetrics", text, blocks], check=True, stdout=subprocess.DEVNULL
    )
    config = folder / "prometheus.yml"
    config.write_text("scrape_configs: []\n")
    with _server(config, blocks, "--storage.tsdb.retention.time=10y") as url:
        yield url


@contextmanager
def scraping(folder: Path, target: str, rules: Path) -> Iterator[str]:
    """Start a server that scrapes one worker a second and evaluates rules; gives its address."""
    config = folder / "prometheus.yml"
    config.write_text(
        "global: {scrape_interval: 1s, evaluation_interval: 1s}\n"
        f"rule_files: [{rules}]\n"
        f"scrape_configs: [{{job_name: streamgauge, static_configs: [{{targets: ['{target}']}}]}}]\n"
    )
    with _server(config, folder / "tsdb") as url:
        yield url


@contextmanager
def _server(config: Path, storage: Path, *options: str) -> Iterator[str]:
    port = free_ports(1)[0]
    places = [f"--config.file={config}", f"--storage.tsdb.path={storage}", f"--web.listen-address=127.0.0.1:{port}"]
    with config.with_suffix(".log").open("wb") as log:
        server = subprocess.Popen(["prometheus", *places, *options], stdout=log, stderr=subprocess.STDOUT)
        try:
            url = f"http://127.0.0.1:{port}"
            wait_for(_is_ready(url), f"a ready Prometheus; its log is {log.name}")
            yield url
        finally:
            server.terminate()
            server.wait()


def _is_ready(url: str) -> Callable[[], bool | None]:
    def look() -> bool | None:
        try:
            with urllib.request.urlopen(f"{url}/-/ready", timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            return None

    return look
