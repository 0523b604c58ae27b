"""A real Alertmanager, from Debian's package."""

from __future__ import annotations

import json
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.e2e.ports import free_ports
from tests.e2e.waiting import wait_for

CONFIG = "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n"


def install(repository: Path) -> None:
    """Install it where it is missing."""
    script = repository / "deploy/debian/install.sh"
    subprocess.run([script, "prometheus-alertmanager=prometheus-alertmanager"], check=True)


@contextmanager
def alertmanager(folder: Path) -> Iterator[str]:
    """Start a server; gives its address."""
    config, port = folder / "alertmanager.yml", free_ports(1)[0]
    config.write_text(CONFIG)
    options = {
        "config.file": config,
        "storage.path": folder / "data",
        "web.listen-address": f"127.0.0.1:{port}",
        "cluster.listen-address": "",
    }
    with (folder / "alertmanager.log").open("wb") as log:
        command = ["prometheus-alertmanager", *(f"--{name}={value}" for name, value in options.items())]
        server = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        try:
            url = f"http://127.0.0.1:{port}"
            wait_for(lambda: _is_ready(url), f"a ready Alertmanager; its log is {log.name}")
            yield url
        finally:
            server.terminate()
            server.wait()


def active_alerts(url: str, series: str) -> list[dict[str, Any]]:
    """Ask for the alerts of a series that fire."""
    with urllib.request.urlopen(f"{url}/api/v2/alerts?active=true", timeout=10) as answer:
        alerts: list[dict[str, Any]] = json.load(answer)
    return [alert for alert in alerts if alert["labels"].get("series") == series]


def _is_ready(url: str) -> bool | None:
    try:
        with urllib.request.urlopen(f"{url}/-/ready", timeout=5):
            return True
    except (urllib.error.URLError, OSError):
        return None
