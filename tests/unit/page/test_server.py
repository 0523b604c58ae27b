"""The page's server without Kafka: who may open it, and what it refuses."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import ClientResponse, ClientSession

from stream.errors import SettingsError
from stream.page import server
from stream.page.board import Board
from stream.page.server import serve
from stream.page.store import PageStore
from stream.settings.settings import Settings

TOKEN = "0123456789abcdef-a-token"
Visit = Callable[[ClientSession, str], Awaitable[None]]


def visit(tmp_path: Path, scene: Visit, problem: str = "", **settings: object) -> None:
    """Serve a page of these settings, and visit it; its summary holds the problem."""

    async def run() -> None:
        with PageStore(tmp_path / "page") as store:
            chosen = Settings.load(None, page_port=0, **settings)
            async with serve(chosen, Board(store, problem=problem)) as address, ClientSession() as session:
                await scene(session, address)

    asyncio.run(run())


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text(TOKEN + "\n")
    return path


async def status(answer: Awaitable[ClientResponse]) -> int:
    """Return the status of an answer."""
    return (await answer).status


def test_the_policy_allows_our_own_scripts_alone_and_the_page_has_none_inline(tmp_path: Path) -> None:
    async def scene(session: ClientSession, address: str) -> None:
        answer = await session.get(address)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        text = await answer.text()
        assert "<style" not in text
        assert " style=" not in text
        assert text.count("<script") == text.count("<script src=")
        assert (await session.get(f"{address}uPlot.iife.js")).status == 200

    visit(tmp_path, scene)


def test_a_foreign_host_name_is_refused(tmp_path: Path) -> None:
    async def scene(session: ClientSession, address: str) -> None:
        assert await status(session.get(address, headers={"Host": "evil.example"})) == 421
        assert await status(session.get(address, headers={"Host": "gauge.example"})) == 200

    visit(tmp_path, scene, page_names="gauge.example")


def test_a_change_needs_our_own_origin_and_the_token_of_the_page(tmp_path: Path) -> None:
    async def scene(session: ClientSession, address: str) -> None:
        csrf = {"X-Streamgauge-CSRF": (await (await session.get(f"{address}api/session")).json())["csrf"]}
        own = {"Origin": address.rstrip("/")}
        path = f"{address}api/ack"
        assert await status(session.post(path, data=b"{}")) == 403
        assert await status(session.post(path, data=b"{}", headers=csrf | {"Origin": "http://evil.example"})) == 403
        assert await status(session.post(path, data=b"{}", headers=csrf | {"Sec-Fetch-Site": "cross-site"})) == 403
        assert await status(session.post(path, data=b"{}", headers=csrf | own)) == 400
        unknown = b'{"episode": "' + b"0" * 32 + b'"}'
        answer = await session.post(path, data=unknown, headers=csrf | own)
        assert (answer.status, "expected an episode that the page knows" in await answer.text()) == (400, True)

    visit(tmp_path, scene)


def test_beyond_loopback_a_token_or_a_proxy_is_demanded() -> None:
    with pytest.raises(SettingsError, match="is not loopback, so others could mute your alerts"):
        Settings.load(None, page_host="0.0.0.0")


def test_a_short_token_is_refused(tmp_path: Path, token_file: Path) -> None:
    token_file.write_text("secret")
    with pytest.raises(SettingsError, match="at least 16 printable ASCII letters") as refused:
        visit(tmp_path, lambda session, address: asyncio.sleep(0), page_token_file=token_file)
    assert "secret" not in str(refused.value)


def test_a_browser_logs_in_with_the_token_and_a_program_gives_it_as_bearer(tmp_path: Path, token_file: Path) -> None:
    async def scene(session: ClientSession, address: str) -> None:
        series = f"{address}api/series"
        assert await status(session.get(series)) == 401
        assert await status(session.get(series, headers={"Authorization": f"Bearer {TOKEN}"})) == 200
        assert await status(session.get(series, headers={"Authorization": "Bearer 0123456789abcdef"})) == 401
        assert (await session.get(address)).url.path == "/login"
        answer = await session.post(f"{address}login", data={"token": TOKEN}, allow_redirects=False)
        cookie = answer.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        name, _, value = cookie.partition(";")[0].partition("=")
        assert await status(session.get(series, headers={"Cookie": f"{name}={value}"})) == 200
        assert await status(session.get(series, headers={"Cookie": f"{name}={value[:-1]}x"})) == 401

    visit(tmp_path, scene, page_host="127.0.0.1", page_token_file=token_file)


@pytest.mark.parametrize(("proxies", "expected"), [("127.0.0.1", 200), ("10.0.0.0/8", 401)])
def test_the_user_of_a_header_is_believed_from_a_trusted_proxy_alone(
    tmp_path: Path, proxies: str, expected: int
) -> None:
    async def scene(session: ClientSession, address: str) -> None:
        path = f"{address}api/session"
        assert await status(session.get(path)) == 401
        answer = await session.get(path, headers={"X-Forwarded-User": "anna"})
        assert answer.status == expected
        if expected == 200:
            assert (await answer.json())["user"] == "anna"

    visit(tmp_path, scene, page_user_header="X-Forwarded-User", page_proxies=proxies)


def test_a_browser_gets_a_whole_summary_at_once_and_again(tmp_path: Path) -> None:
    async def scene(session: ClientSession, address: str) -> None:
        async with session.get(f"{address}api/news") as answer:
            first = await answer.content.readline()
            assert first.startswith(b'data: {"now":')
            assert b'"n_series":0' in first

    visit(tmp_path, scene)


async def moments(answer: ClientResponse) -> AsyncIterator[int]:
    """Yield the moment of each summary that a browser reads."""
    unread = bytearray()
    async for part in answer.content.iter_any():
        unread += part
        while (end := unread.find(b"\n\n")) >= 0:
            yield json.loads(unread[len(b"data: ") : end])["now"]
            del unread[: end + 2]


def test_a_browser_that_reads_nothing_delays_no_other_and_gets_the_newest_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "TICK_S", 0.01)
    monkeypatch.setattr(server, "AT_MOST_EVERY_S", 0.01)
    n_summaries = 8

    async def scene(session: ClientSession, address: str) -> None:
        async with session.get(f"{address}api/news") as slow, session.get(f"{address}api/news") as fast:
            newest, late, n_old = moments(fast), moments(slow), 0
            seen = [await anext(newest) for _ in range(n_summaries)]
            while await anext(late) < seen[-1]:
                n_old += 1
        assert len(set(seen)) == n_summaries
        assert n_old <= n_summaries // 2

    visit(tmp_path, scene, problem="x" * 2_000_000)
