"""Range queries: pages, names, logins and answers that are none. A server of the standard library answers here."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest

from stream.errors import AuthenticationError, DataError, SettingsError, StreamgaugeError
from stream.history.points import History
from stream.history.prometheus import MOST_POINTS, Login, Prometheus, series_name

Asked = list[tuple[dict[str, str], str | None]]


@contextmanager
def serving(status: int, body: bytes) -> Iterator[tuple[str, Asked]]:
    """Return the address of a server with one answer to everything, and what it was asked."""
    asked: Asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
            asked.append(({name: texts[0] for name, texts in form.items()}, self.headers["authorization"]))
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Write nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def matrix(*values: tuple[float, str], **labels: str) -> bytes:
    """Write an answer of one series."""
    result = [{"metric": labels, "values": list(values)}] if values else []
    return json.dumps({"status": "success", "data": {"resultType": "matrix", "result": result}}).encode()


def asked_for(url: str, **more: Any) -> History:
    history = History()
    options = {"query": "up", "start_s": 0, "end_s": 600, "step_s": 60, **more}
    Prometheus(url, **options).read(history, lambda _done: None)
    return history


def test_a_long_range_is_asked_in_pages_that_meet_without_overlap() -> None:
    with serving(200, matrix((0, "1"))) as (url, asked):
        asked_for(url, start_s=7, end_s=2 * MOST_POINTS * 15, step_s=15)
    ranges = [(int(form["start"]), int(form["end"])) for form, _ in asked]
    assert len(ranges) == 2
    assert ranges[0][0] == 15
    assert ranges[0][1] + 15 == ranges[1][0]
    assert ranges[1][1] == 2 * MOST_POINTS * 15
    assert all((end - start) // 15 < MOST_POINTS for start, end in ranges)


def test_samples_that_are_no_finite_number_are_left_out() -> None:
    body = matrix((1.5, "1"), (2, "NaN"), (3, "+Inf"), (4, "4"), __name__="up")
    with serving(200, body) as (url, _):
        history = asked_for(url)
    (series,) = history
    assert series.series == "up"
    assert series.timestamps_ms.tolist() == [1500, 4000]
    assert history.n_missing == 2


@pytest.mark.parametrize(
    ("labels", "name"),
    [
        ({"__name__": "up", "job": "web", "instance": "a:9090"}, 'up{instance="a:9090",job="web"}'),
        ({"path": 'C:\\"x"\n'}, '{path="C:\\\\\\"x\\"\\n"}'),
        ({"__name__": "up"}, "up"),
        ({}, "sum(up)"),
    ],
)
def test_a_series_is_named_as_prometheus_writes_it(labels: dict[str, str], name: str) -> None:
    assert series_name(labels, "sum(up)") == name


def test_a_login_is_sent_and_shown_nowhere() -> None:
    token, basic = Login(token="s3cret"), Login(username="ann", password="s3cret")
    with serving(200, matrix((0, "1"))) as (url, asked):
        for login in (token, basic):
            asked_for(url, login=login)
    assert [sent for _, sent in asked] == ["Bearer s3cret", "Basic " + base64.b64encode(b"ann:s3cret").decode()]
    assert "s3cret" not in repr(token) + repr(basic)


@pytest.mark.parametrize(
    ("status", "body", "kind", "text"),
    [
        (401, b"no", AuthenticationError, "login was refused"),
        (400, b'{"status": "error", "error": "parse error"}', DataError, "refused the query: parse error"),
        (200, b"<html>", DataError, "is the address right"),
        (302, b"", DataError, "HTTP 302"),
        (200, b'{"status": "success", "data": {"resultType": "vector", "result": []}}', DataError, "a matrix"),
    ],
)
def test_an_answer_that_is_none_says_so(status: int, body: bytes, kind: type[StreamgaugeError], text: str) -> None:
    with serving(status, body) as (url, _), pytest.raises(kind, match=text):
        asked_for(url)


@pytest.mark.parametrize(
    ("url", "login", "text"),
    [
        ("http://prometheus.example:9090", Login(token="t"), "unencrypted"),
        ("https://ann:s3cret@prometheus.example", Login(), "as variables"),
        ("prometheus:9090", Login(), "expected http"),
        ("https://prometheus.example", Login(token="t", username="ann", password="p"), "both given"),
        ("https://prometheus.example", Login(username="ann"), "both or none"),
    ],
)
def test_an_address_that_cannot_be_asked_safely_is_refused(url: str, login: Login, text: str) -> None:
    with pytest.raises(SettingsError, match=text) as refused:
        Prometheus(url, "up", 0, 60, 60, login)
    assert "s3cret" not in str(refused.value)
