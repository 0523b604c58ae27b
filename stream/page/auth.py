"""Who may open the page: token, trusted proxy, and requests of our own page only."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ipaddress
import secrets
import time
from typing import Final
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from stream.errors import SettingsError
from stream.settings.settings import Settings
from stream.settings.sources import variable
from stream.settings.values import is_loopback

COOKIE: Final = "streamgauge-session"
CSRF_HEADER: Final = "X-Streamgauge-CSRF"
SESSION_S: Final = 7 * 86_400
MIN_TOKEN_LENGTH: Final = 16
WRONG_TOKEN_PAUSE_S: Final = 1.0

SECURITY_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}

log = structlog.get_logger()


class Auth:
    """Checks requests by the settings.

    Raises
    ------
    SettingsError
        If the token's file holds no token that is long enough.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._token = _read_token(settings)
        self._key = secrets.token_bytes(32)
        self._proxies = [ipaddress.ip_network(address.strip()) for address in settings.page_proxies.split(",")]
        self._names = {name.strip().lower() for name in settings.page_names.split(",") if name.strip()}

    @property
    def wants_token(self) -> bool:
        """Whether a browser without a session is asked for the token."""
        return self._token is not None

    def is_known_host(self, request: web.Request) -> bool:
        """Check the host name, so that no foreign name leads to this page (DNS rebinding)."""
        name = (urlsplit(f"//{request.host}").hostname or "").lower()
        return name in self._names or is_loopback(name) or not (self._names or is_loopback(self._settings.page_host))

    def user(self, request: web.Request) -> str | None:
        """Return who asks; empty if nobody has to log in, None if somebody has to and has not."""
        header = self._settings.page_user_header
        if header is not None and self._is_proxy(request) and (name := request.headers.get(header, "").strip()):
            return name[:200]
        if self._settings.page_is_open:
            return ""
        if self._token is None:
            return None
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return "" if self._is_token(given) or self._is_session(request.cookies.get(COOKIE, "")) else None

    async def log_in(self, request: web.Request, token: str) -> web.Response | None:
        """Return an answer with a session's cookie; None for a wrong token, after a pause."""
        if not self._is_token(token.strip()):
            log.warning("wrong token for the page", peer=request.remote)
            await asyncio.sleep(WRONG_TOKEN_PAUSE_S)
            return None
        answer = web.Response(status=303, headers={"Location": "/"})
        answer.set_cookie(
            COOKIE, self._session(), max_age=SESSION_S, httponly=True, samesite="Strict", secure=self._is_tls(request)
        )
        return answer

    def csrf_token(self, request: web.Request) -> str:
        """Return what a request that changes something must repeat."""
        return self._sign("csrf", request.cookies.get(COOKIE, ""))

    def is_own_request(self, request: web.Request) -> bool:
        """Check that a request that changes something comes from our own page."""
        origin = request.headers.get("Origin")
        return (
            request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
            and (origin is None or urlsplit(origin).netloc == request.host)
            and hmac.compare_digest(request.headers.get(CSRF_HEADER, ""), self.csrf_token(request))
        )

    def _is_proxy(self, request: web.Request) -> bool:
        peer = ipaddress.ip_address(request.remote or "::")
        return any(peer in network for network in self._proxies)

    def _is_tls(self, request: web.Request) -> bool:
        return request.secure or (self._is_proxy(request) and request.headers.get("X-Forwarded-Proto") == "https")

    def _is_token(self, given: str) -> bool:
        return self._token is not None and hmac.compare_digest(given.encode(), self._token.encode())

    def _session(self) -> str:
        ends_s = f"{int(time.time()) + SESSION_S}.{secrets.token_hex(8)}"
        return f"{ends_s}.{self._sign('session', ends_s)}"

    def _is_session(self, cookie: str) -> bool:
        text, _, signature = cookie.rpartition(".")
        if not hmac.compare_digest(signature, self._sign("session", text)):
            return False
        return int(text.partition(".")[0]) > time.time()

    def _sign(self, purpose: str, text: str) -> str:
        return hmac.new(self._key, f"{purpose}\n{text}".encode(), hashlib.sha256).hexdigest()


def _read_token(settings: Settings) -> str | None:
    if settings.page_token_file is None:
        return None
    token = settings.page_token_file.read_text(encoding="utf-8").strip()
    if len(token) < MIN_TOKEN_LENGTH or not token.isascii() or not token.isprintable():
        raise SettingsError(
            f"{variable('page_token_file')}: expected a token of at least {MIN_TOKEN_LENGTH} printable ASCII letters "
            f"in {settings.page_token_file}; make one: openssl rand -hex 32"
        )
    return token
