"""`docker compose up`: a fault of the fleet is on the page and in the inbox; `down` and `up` keep what was learned."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from tests.e2e.compose_stack import ComposeStack, printed, stack
from tests.e2e.waiting import wait_for

MAX_IMAGE_BYTES = 420_000_000
FAULTY = 'cpu_usage{host="host-1"}'
"""The series of the fleet's first fault."""


@pytest.fixture(scope="module")
def compose() -> Iterator[ComposeStack]:
    """Give the stack with the fleet of the demo, just brought up."""
    with stack() as found:
        found.run("--profile", "demo", "up", "-d")
        yield found


def token(compose: ComposeStack) -> str:
    return compose.run("exec", "-T", "page", "cat", "/var/lib/streamgauge/page-token").strip()


def value(compose: ComposeStack, expression: str) -> float | None:
    """Ask Prometheus for one number; None where there is none."""
    answer = compose.ask("prometheus", f"/api/v1/query?query={expression}")
    result = answer["data"]["result"] if answer else []
    return float(result[0]["value"][1]) if result else None


def is_hardened(container: dict[str, Any]) -> bool:
    """Check that nothing is left open that need not be."""
    host, published = container["HostConfig"], container["NetworkSettings"]["Ports"].values()
    return (
        host["ReadonlyRootfs"]
        and host["CapDrop"] == ["ALL"]
        and host["Memory"] > 0
        and host["PidsLimit"] > 0
        and "no-new-privileges:true" in host["SecurityOpt"]
        and container["Config"]["User"] not in ("", "root", "0")
        and all(binding["HostIp"] == "127.0.0.1" for bindings in published if bindings for binding in bindings)
    )


def chart(compose: ComposeStack, secret: str) -> Any:
    """Get what the page draws of the faulty series; None while it knows none."""
    return compose.ask("page", f"/api/points?series={quote(FAULTY)}", secret)


def episodes(compose: ComposeStack, secret: str) -> list[Any] | None:
    """Get the episodes of the faulty series that the page draws; None while there is none."""
    drawn = chart(compose, secret)
    return (drawn and drawn["episodes"]) or None


def notified(compose: ComposeStack) -> bool | None:
    """Check whether a message in the inbox names the faulty series, also where JSON lies in JSON."""
    return json.dumps(FAULTY)[1:-1] in json.dumps(compose.ask("inbox", "/messages")) or None


def test_the_first_fault_is_on_the_page_and_in_the_inbox_and_counted(compose: ComposeStack) -> None:
    secret = token(compose)
    wait_for(lambda: episodes(compose, secret), "the first fault on the page")
    wait_for(lambda: notified(compose), "a notification about it")
    wait_for(lambda: value(compose, "sum(streamgauge_series)") == 50 or None, "50 series in Prometheus")
    assert value(compose, "count(up{job='streamgauge'}==1)") == 2


def test_a_series_is_muted_on_the_page(compose: ComposeStack) -> None:
    secret = token(compose)
    compose.answer("/api/mute", {"match": FAULTY, "minutes": 30, "by": "ann"}, secret)
    wait_for(lambda: chart(compose, secret)["mute"], "the mute on the page")


def test_every_container_is_hardened_and_the_image_is_small(compose: ComposeStack) -> None:
    assert [name for name, container in compose.containers().items() if not is_hardened(container)] == []
    assert int(printed("docker", "image", "inspect", "--format", "{{.Size}}", compose.worker_image)) <= MAX_IMAGE_BYTES


def test_an_ordinary_first_start_logs_json_alone_and_no_error(compose: ComposeStack) -> None:
    lines = [json.loads(line) for line in compose.log("worker", "ingest", "notify", "page")]
    assert {line["event"] for line in lines} >= {"starting", "reading points", "notifying", "page listening"}
    assert [line for line in lines if line["level"] in ("error", "critical")] == []


def test_down_and_up_keep_what_was_learned(compose: ComposeStack) -> None:
    compose.run("--profile", "demo", "down", "--timeout", "10")
    down_s = int(time.time())
    compose.run("up", "-d")
    secret = token(compose)
    scraped_since = f"sum(streamgauge_series and timestamp(streamgauge_series) > {down_s})"
    wait_for(lambda: value(compose, scraped_since) == 50 or None, "50 series that are known without a new point")
    assert wait_for(lambda: episodes(compose, secret), "the first fault on the page")
