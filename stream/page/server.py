"""Server of the page: static files, JSON, and news by server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import msgspec
import structlog
from aiohttp import web

from stream.errors import SettingsError
from stream.page.api import MAX_BODY, Api
from stream.page.auth import SECURITY_HEADERS, Auth
from stream.page.board import Board
from stream.settings.settings import Settings

STATIC: Final = Path(__file__).with_name("static")
CHART_FILES: Final = ("uPlot.iife.js", "uPlot.min.css")
"""The chart library, which comes inside the distribution uplot-python."""

PUBLIC: Final = ("/login", "/livez", "/page.css", "/icon.svg")
"""What nobody has to log in for."""

TICK_S: Final = 1.0
AT_MOST_EVERY_S: Final = 0.25
MAX_BROWSERS: Final = 200
GOODBYE_S: Final = 1.0

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

log = structlog.get_logger()
_encode = msgspec.json.Encoder().encode


class News:
    """The newest summary for every browser.

    A browser that reads slowly misses summaries, and the next one is whole: nothing waits for it and nothing piles up.
    """

    def __init__(self, api: Api) -> None:
        self._api = api
        self._changed, self._published = asyncio.Event(), asyncio.Condition()
        self._loop = asyncio.get_running_loop()
        self.newest = b""
        self.n_browsers = 0

    def notify(self) -> None:
        """Have a summary published soon; from any thread."""
        with suppress(RuntimeError):  # The loop has ended.
            self._loop.call_soon_threadsafe(self._changed.set)

    async def publish_for_ever(self) -> None:
        """Publish a summary every second, and sooner after a change."""
        while True:
            self.newest = _encode(self._api.summary())
            async with self._published:
                self._published.notify_all()
            await asyncio.sleep(AT_MOST_EVERY_S)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), TICK_S - AT_MOST_EVERY_S)
            self._changed.clear()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Send summaries to a browser as long as it listens."""
        if self.n_browsers >= MAX_BROWSERS:
            raise web.HTTPServiceUnavailable(text=f"{MAX_BROWSERS} browsers watch already")
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        response.headers.update(SECURITY_HEADERS)
        await response.prepare(request)
        self.n_browsers += 1
        try:
            sent = b""
            while True:
                if self.newest is sent:
                    async with self._published:
                        await self._published.wait()
                sent = self.newest
                # Waits until the browser's buffer has room; what is published meanwhile is skipped.
                await response.write(b"data: " + sent + b"\n\n")
        except (ConnectionResetError, asyncio.CancelledError):
            return response
        finally:
            self.n_browsers -= 1


class Site:
    """The pages, and what every request must pass.

    Raises
    ------
    SettingsError
        If the chart library is not installed.
    """

    def __init__(self, auth: Auth) -> None:
        self._auth = auth
        self._files = {f"/{path.name}": path for path in STATIC.iterdir() if path.is_file()}
        self._files |= {f"/{name}": _chart_folder() / name for name in CHART_FILES}

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of the pages."""
        files = [web.get(path, self._file) for path in self._files if not path.endswith(".html")]
        return [
            web.get("/livez", self._livez),
            web.get("/", self._index),
            web.get("/login", self._login),
            web.post("/login", self._log_in),
            *files,
        ]

    async def _livez(self, request: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def _index(self, request: web.Request) -> web.StreamResponse:
        return web.FileResponse(self._files["/index.html"])

    async def _file(self, request: web.Request) -> web.StreamResponse:
        return web.FileResponse(self._files[request.path])

    async def _login(self, request: web.Request) -> web.Response:
        return self._login_page("")

    def _login_page(self, problem: str) -> web.Response:
        text = self._files["/login.html"].read_text(encoding="utf-8").replace("<!-- problem -->", escape(problem))
        return web.Response(text=text, content_type="text/html", status=403 if problem else 200)

    async def _log_in(self, request: web.Request) -> web.Response:
        token = (await request.post()).get("token", "")
        answer = await self._auth.log_in(request, token if isinstance(token, str) else "")
        return self._login_page("Wrong token.") if answer is None else answer

    @web.middleware
    async def guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Check host, login and origin; add the headers that restrict the browser."""
        try:
            response = await self._checked(request, handler)
        except web.HTTPException as error:
            error.headers.update(SECURITY_HEADERS)
            raise
        if not response.prepared:
            response.headers.update(SECURITY_HEADERS)
            response.headers["Cache-Control"] = "no-cache"
        return response

    async def _checked(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if not self._auth.is_known_host(request):
            raise web.HTTPMisdirectedRequest(text=f"unknown host {request.host}: name it in STREAMGAUGE_PAGE_NAMES")
        is_public = request.path in PUBLIC
        if not is_public and self._auth.user(request) is None:
            if request.path == "/" and self._auth.wants_token:
                raise web.HTTPSeeOther("/login")
            raise web.HTTPUnauthorized(text="log in first: give the token as a bearer, or open / in a browser")
        if request.method == "POST" and request.path != "/login" and not self._auth.is_own_request(request):
            raise web.HTTPForbidden(text="expected a request of this page itself; reload it and try again")
        return await handler(request)


def _chart_folder() -> Path:
    spec = find_spec("uplot")
    if spec is None or spec.origin is None:
        raise SettingsError("the page needs its extra: pip install '.[page]' in the clone of streamgauge")
    return Path(spec.origin).with_name("static")


@asynccontextmanager
async def serve(settings: Settings, board: Board) -> AsyncIterator[str]:
    """Serve the page; yield its address.

    Raises
    ------
    SettingsError
        If the address cannot be listened on.
    """
    auth = Auth(settings)
    api, site = Api(settings, board, auth), Site(auth)
    news = News(api)
    board.on_news = news.notify
    app = web.Application(middlewares=[site.guard], client_max_size=MAX_BODY)
    app.add_routes([*site.routes(), *api.routes(), web.get("/api/news", news.handle)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=GOODBYE_S)
    publishing = asyncio.create_task(news.publish_for_ever())
    await runner.setup()
    try:
        endpoint = web.TCPSite(runner, settings.page_host, settings.page_port)
        await endpoint.start()
        host, port = runner.addresses[0][:2]
        yield f"http://{f'[{host}]' if ':' in host else host}:{port}/"
    except OSError as error:
        raise SettingsError(f"the page cannot listen on {settings.page_host}:{settings.page_port}: {error}") from error
    finally:
        publishing.cancel()
        await runner.cleanup()
