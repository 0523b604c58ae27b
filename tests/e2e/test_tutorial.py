"""docs/tutorial.md: its commands, in their order, in one shell, on a real Kafka."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.ports import free_ports

PATIENCE_S = 400


def end(shell: subprocess.Popen[bytes], folder: Path) -> None:
    """End the shell and the workers that it started: job control gives each a process group of its own."""
    shell.kill()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "cwd").resolve() == folder:
                os.kill(int(process.name), signal.SIGKILL)


def script(page: str) -> str:
    """Join the page's shell blocks; `console` blocks are what a reader may do instead, and are not run."""
    blocks = re.findall(r"^```sh\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    # A shell without a terminal has no job control unless told, and %1 would name nothing.
    return "set -o errexit -o monitor\ntrap 'kill $(jobs -p) 2> /dev/null' ERR\n" + "\n".join(blocks)


def test_every_command_of_the_tutorial_works_and_the_fault_is_found(
    kafka: KafkaContainer, names: dict[str, str], repository: Path, tmp_path: Path
) -> None:
    page, port = (repository / "docs" / "tutorial.md").read_text(encoding="utf-8"), str(free_ports(1)[0])
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("STREAMGAUGE_")}
    settings = {f"STREAMGAUGE_{name.upper()}": text for name, text in names.items()} | {"STREAMGAUGE_HEALTH_PORT": port}
    environment = inherited | settings | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    typed = script(page).replace("localhost:9092", kafka.bootstrap).replace("8710", port)
    with (tmp_path / "output").open("w") as output:
        shell = subprocess.Popen(
            ["bash", "-c", typed], cwd=tmp_path, env=environment, stdout=output, stderr=output, start_new_session=True
        )
        try:
            code = shell.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            code = None
    if code != 0:
        end(shell, tmp_path)
    assert code == 0, (tmp_path / "output").read_text() + (tmp_path / "worker.log").read_text()
    lines = (tmp_path / "output").read_text().splitlines()
    (event,) = [json.loads(line) for line in lines if line.startswith('{"series"')]
    assert (event["series"], event["state"], event["direction"]) == ("shop/requests", "open", "below")
    assert event["start"] >= (1704067200 + 900 * (21 * 96 + 48)) * 1000, "the alert is about the fault"
