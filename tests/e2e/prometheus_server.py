"""A real Prometheus with samples of the past, from Debian's package."""

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
    config, port = folder / "prometheus.yml", free_ports(1)[0]
    config.write_text("scrape_configs: []\n")
    options = {"config.file": config, "storage.tsdb.path": blocks, "web.listen-address": f"127.0.0.1:{port}"}
    options["storage.tsdb.retention.time"] = "10y"
    with (folder / "prometheus.log").open("wb") as log:
        command = ["prometheus", *(f"--{name}={value}" for name, value in options.items())]
        server = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
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
