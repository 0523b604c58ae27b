"""Apicurio Registry as a process: a registry with the API of Confluent's, its schemas in memory."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.error import URLError
from urllib.request import Request, urlopen

from tests.e2e.ports import free_ports
from tests.e2e.waiting import wait_for

REPOSITORY = Path(__file__).resolve().parents[2]
DIRECTORY = Path(os.environ.get("REGISTRY_DIRECTORY", REPOSITORY / ".registry"))
PATH = "/apis/ccompat/v7"


class SchemaRegistry:
    """A registry on this machine.

    Attributes
    ----------
    port : int
    url : str
        Of its API.
    """

    def __init__(self, log: Path) -> None:
        (self.port,) = free_ports(1)
        self.url = f"http://127.0.0.1:{self.port}{PATH}"
        self._log = log

    def __enter__(self) -> Self:
        """Fetch it where it is not here yet, start it and wait until it answers."""
        subprocess.run([REPOSITORY / "deploy" / "registry" / "obtain.sh", DIRECTORY], check=True)
        (jar,) = DIRECTORY.glob("*-runner.jar")
        options = [f"-Dquarkus.http.port={self.port}", "-Dquarkus.http.host=127.0.0.1"]
        fast = ["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
        with self._log.open("wb") as log:
            command = ["java", *fast, *options, "-jar", str(jar)]
            self._process = subprocess.Popen(command, cwd=DIRECTORY, stdout=log, stderr=subprocess.STDOUT)
        wait_for(self._answers, f"a registry at {self.url}; its log is {self._log}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it and forget its schemas."""
        self._process.kill()
        self._process.wait()

    def _answers(self) -> bool | None:
        if self._process.poll() is not None:
            raise RuntimeError(f"the registry ended; its log:\n{self._log.read_text()[-4000:]}")
        try:
            with urlopen(f"{self.url}/subjects", timeout=10) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return None

    def register(self, subject: str, kind: str, text: str, *references: dict[str, Any]) -> int:
        """Register a schema and return its id."""
        body = {"schemaType": kind, "schema": text, "references": list(references)}
        headers = {"Content-Type": "application/vnd.schemaregistry.v1+json"}
        request = Request(f"{self.url}/subjects/{subject}/versions", json.dumps(body).encode(), headers)
        with urlopen(request, timeout=60) as answer:
            return int(json.load(answer)["id"])
