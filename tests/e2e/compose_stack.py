"""The stack of docker-compose.yml under a name and on ports of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from tests.e2e.kafka_container import IMAGE
from tests.e2e.ports import free_ports

REPOSITORY = Path(__file__).parents[2]
TIMEOUT_S = 600
PORTS = {"kafka": "KAFKA_PORT", "prometheus": "PROMETHEUS_PORT", "page": "PAGE_PORT", "inbox": "INBOX_PORT"}


def printed(*command: str | Path) -> str:
    """Run a command of the repository; return what it prints."""
    return subprocess.run(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def compose_command() -> list[str]:
    """Name Compose v2 where it is installed, else Debian's docker-compose, which is installed where it is missing."""
    if subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode == 0:
        return ["docker", "compose"]
    if shutil.which("docker-compose") is None:
        printed(REPOSITORY / "deploy/debian/install.sh", "docker-compose=docker-compose")
    return ["docker-compose"]


class ComposeStack:
    """One project; its images are built, unless WORKER_IMAGE and the like name one that is here.

    Attributes
    ----------
    ports : dict of str to int
        Of services on this machine's loopback.
    """

    def __init__(self) -> None:
        self.ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
        self._command = compose_command()
        self._environment = os.environ | {
            "COMPOSE_PROJECT_NAME": f"gauge{uuid.uuid4().hex[:8]}",
            "KAFKA_IMAGE": IMAGE,
            "PROMETHEUS_IMAGE": printed("deploy/prometheus/image.sh"),
            "WORKER_IMAGE": os.environ.get("WORKER_IMAGE") or printed("deploy/worker/image.sh"),
            "HEALTH_PORTS": "0",
            "PARTITIONS": "4",
            **{PORTS[name]: str(port) for name, port in self.ports.items()},
        }

    @property
    def worker_image(self) -> str:
        """Name of the image of everything but Kafka and Prometheus."""
        return self._environment["WORKER_IMAGE"]

    def run(self, *arguments: str) -> str:
        """Run Compose; return what it prints."""
        run = subprocess.run(
            [*self._command, *arguments],
            cwd=REPOSITORY,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        if run.returncode:
            raise RuntimeError(f"{' '.join(run.args)} ended with {run.returncode}: {run.stderr[-4000:]}")
        return run.stdout

    def containers(self) -> dict[str, dict[str, Any]]:
        """Inspect all containers, by their names."""
        ids = self.run("--profile", "demo", "ps", "-q").split()
        found = json.loads(printed("docker", "inspect", *ids))
        return {container["Name"]: container for container in found}

    def log(self, *services: str) -> list[str]:
        """Return the lines that services have logged."""
        lines = self.run("logs", "--no-color", *services).splitlines()
        return [line.partition("| ")[2] for line in lines if "| " in line]

    def ask(self, service: str, path: str, token: str | None = None) -> Any:
        """Get JSON from a service; None while it does not answer."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        try:
            answer = requests.get(f"http://localhost:{self.ports[service]}{path}", headers=headers, timeout=10)
        except requests.RequestException:
            return None
        return answer.json() if answer.ok else None

    def answer(self, path: str, body: dict[str, str | int], token: str) -> None:
        """Post to the page, as its buttons do."""
        session = self.ask("page", "/api/session", token)
        headers = {"Authorization": f"Bearer {token}", "X-Streamgauge-CSRF": session["csrf"]}
        url = f"http://localhost:{self.ports['page']}{path}"
        requests.post(url, json=body, headers=headers, timeout=30).raise_for_status()


@contextmanager
def stack() -> Iterator[ComposeStack]:
    """Give a stack that is not up yet; all of it is removed in the end."""
    found = ComposeStack()
    try:
        yield found
    finally:
        found.run("--profile", "demo", "down", "--volumes", "--timeout", "5")
