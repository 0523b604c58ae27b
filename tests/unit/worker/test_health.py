"""The health endpoint, asked over real HTTP."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator

import pytest
import requests

from stream.errors import SettingsError
from stream.worker.observability import health as health_module
from stream.worker.observability.health import Health, HealthServer
from stream.worker.observability.metrics import Metrics

TIMEOUT_S = 10


@pytest.fixture
def health() -> Health:
    return Health()


@pytest.fixture
def server(health: Health) -> Iterator[HealthServer]:
    server = HealthServer("127.0.0.1", 0, health, Metrics().registry)
    yield server
    server.close()


def ask(server: HealthServer, path: str) -> requests.Response:
    return requests.get(f"http://127.0.0.1:{server.port}{path}", timeout=TIMEOUT_S)


def test_a_worker_that_waits_for_something_is_not_ready_and_says_for_what(server: HealthServer, health: Health) -> None:
    health.waiting_for = "broker"
    answer = ask(server, "/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"ok": False, "waiting_for": "broker"}


def test_a_worker_that_reads_points_is_ready(server: HealthServer, health: Health) -> None:
    health.waiting_for = None
    assert ask(server, "/readyz").status_code == 200


def test_a_worker_that_kafka_keeps_waiting_is_not_ready_and_says_for_what(server: HealthServer, health: Health) -> None:
    health.waiting_for, health.hangs_on = None, "a leader of scores-2"
    answer = ask(server, "/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"ok": False, "waiting_for": "a leader of scores-2"}


def test_a_worker_that_is_not_ready_is_alive(server: HealthServer, health: Health) -> None:
    health.waiting_for = "broker"
    assert ask(server, "/livez").status_code == 200


def test_a_stuck_event_loop_is_not_alive(server: HealthServer, health: Health, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health_module, "STALLED_AFTER_S", 0.0)
    assert ask(server, "/livez").status_code == 503


def test_metrics_are_printed_under_our_prefix_without_a_label_per_series(server: HealthServer) -> None:
    text = ask(server, "/metrics").text
    assert "streamgauge_points_total 0.0" in text
    assert 'series="' not in text


def test_another_path_says_where_to_look(server: HealthServer) -> None:
    answer = ask(server, "/")
    assert answer.status_code == 404
    assert "/metrics" in answer.text


def test_a_port_in_use_is_a_settings_error(server: HealthServer) -> None:
    with pytest.raises(SettingsError, match=f"STREAMGAUGE_HEALTH_PORT={server.port}"):
        HealthServer("127.0.0.1", server.port, Health(), Metrics().registry)


def test_a_client_that_speaks_no_http_leaves_no_line_among_those_of_the_log(
    server: HealthServer, capfd: pytest.CaptureFixture[str]
) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=TIMEOUT_S) as client:
        client.sendall(b"\0\0\0+\0\x12 kafka-python 3.0.12\r\n\r\n")
        client.recv(4096)
    assert ask(server, "/livez").status_code == 200
    assert capfd.readouterr().err == ""


def test_a_client_that_resets_its_connection_leaves_no_traceback_in_the_log(
    server: HealthServer, capfd: pytest.CaptureFixture[str]
) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=TIMEOUT_S) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.sendall(b"GET /metr")
    assert ask(server, "/livez").status_code == 200
    assert capfd.readouterr().err == ""
