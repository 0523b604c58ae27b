"""docs/tutorial.md: its commands, in their order, in one shell, on a real Kafka."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from tests.e2e.kafka_container import KafkaContainer, free_port


def script(page: str) -> str:
    """Join the page's shell blocks; `console` blocks are what a reader may do instead, and are not run."""
    blocks = re.findall(r"^```sh\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    # A shell without a terminal has no job control unless told, and %1 would name nothing.
    return "set -o errexit -o monitor\ntrap 'kill $(jobs -p) 2> /dev/null' ERR\n" + "\n".join(blocks)


def test_every_command_of_the_tutorial_works_and_the_fault_is_found(
    kafka: KafkaContainer, names: dict[str, str], repository: Path, tmp_path: Path
) -> None:
    page, port = (repository / "docs" / "tutorial.md").read_text(encoding="utf-8"), str(free_port())
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("STREAMGAUGE_")}
    settings = {f"STREAMGAUGE_{name.upper()}": text for name, text in names.items()} | {"STREAMGAUGE_HEALTH_PORT": port}
    environment = inherited | settings | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    typed = subprocess.run(
        ["bash", "-c", script(page).replace("localhost:9092", kafka.bootstrap).replace("8710", port)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert typed.returncode == 0, f"{typed.stdout}\n{typed.stderr}\n{(tmp_path / 'worker.log').read_text()}"
    (event,) = [json.loads(line) for line in typed.stdout.splitlines() if line.startswith('{"series"')]
    assert (event["series"], event["state"], event["direction"]) == ("shop/requests", "open", "below")
    assert event["start"] >= (1704067200 + 900 * (21 * 96 + 48)) * 1000, "the alert is about the fault"
