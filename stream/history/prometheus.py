"""A Prometheus range query as history."""

from __future__ import annotations

import json
import math
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import urllib3

from stream.errors import AuthenticationError, CertificateError, DataError, SettingsError
from stream.formats.limits import MAX_VALUE
from stream.formats.rejections import excerpt
from stream.history.points import Report, Sink
from stream.settings.values import is_loopback

MOST_POINTS: Final = 11_000
"""Points of a series that Prometheus gives in one answer."""

TIMEOUT: Final = urllib3.Timeout(connect=10, read=120)
RETRIES: Final = urllib3.Retry(
    4, redirect=0, backoff_factor=0.5, status_forcelist=(502, 503, 504), allowed_methods=None, raise_on_status=False
)
"""Of a request: a redirect is not followed, since it would take the login elsewhere."""

PATH: Final = "/api/v1/query_range"

REFUSED: Final = (401, 403)


@dataclass(frozen=True, slots=True)
class Login:
    """Login: bearer token, name and password, or none.

    `allow_without_tls` lets a login go over an unencrypted connection to another machine.
    """

    token: str | None = field(default=None, repr=False)
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    allow_without_tls: bool = False

    def headers(self) -> dict[str, str]:
        """Return the authorization header.

        Raises
        ------
        SettingsError
            If both ways are given, or half of one.
        """
        if self.token and (self.username or self.password):
            raise SettingsError("PROMETHEUS_TOKEN and PROMETHEUS_USERNAME: both given; expected one of them")
        if bool(self.username) != bool(self.password):
            raise SettingsError("PROMETHEUS_USERNAME and PROMETHEUS_PASSWORD: expected both or none")
        if self.token:
            return {"authorization": f"Bearer {self.token}"}
        return dict(urllib3.make_headers(basic_auth=f"{self.username}:{self.password}")) if self.username else {}


@dataclass(frozen=True, slots=True)
class Prometheus:
    """The answer to a range query.

    Raises
    ------
    SettingsError
        If the address is none, or would send the login unencrypted.
    """

    url: str
    """Of the server, with the path in front of `/api/v1` if there is one."""
    query: str
    """In PromQL."""
    start_s: int
    end_s: int
    step_s: int
    """Seconds since the epoch, and from one point to the next; points lie at multiples of the step."""
    login: Login = Login()
    cafile: Path | None = None
    """Trusted certificate authorities; without it the system's."""

    def __post_init__(self) -> None:
        """Refuse an address that cannot be asked safely."""
        address = urllib3.util.parse_url(self.url)
        if address.scheme not in ("http", "https") or not address.host:
            raise SettingsError("URL: expected http://HOST:PORT or https://HOST:PORT, with a path if there is one")
        if address.auth or address.query:
            raise SettingsError(
                "URL: expected neither a login nor a query in it; "
                "give PROMETHEUS_TOKEN, or PROMETHEUS_USERNAME and PROMETHEUS_PASSWORD, as variables"
            )
        secret = bool(self.login.headers())
        if secret and address.scheme == "http" and not (self.login.allow_without_tls or is_loopback(address.host)):
            raise SettingsError(
                "URL: http sends the login unencrypted; expected https, or --allow-login-without-tls if you want that"
            )

    @property
    def name(self) -> str:
        """Query and address."""
        return f"{self.query} of {self.url}"

    @property
    def size(self) -> int:
        """Requests."""
        return len(self._pages())

    def read(self, sink: Sink, report: Report) -> None:
        """Return the samples of every page; those that are no finite number are counted and left out.

        Raises
        ------
        AuthenticationError, CertificateError
            If the server refuses the login, or its certificate is not trusted.
        DataError
            If it does not answer, or not with a matrix.
        """
        with self._pool() as pool:
            for n_done, (start_s, end_s) in enumerate(self._pages(), 1):
                for found in self._ask(pool, start_s, end_s):
                    self._give(found, sink)
                report(n_done)

    def _pages(self) -> list[tuple[int, int]]:
        """Split the range into pages of at most `MOST_POINTS`."""
        step_s = self.step_s
        first, last = -(-self.start_s // step_s) * step_s, self.end_s // step_s * step_s
        reach_s = (MOST_POINTS - 1) * step_s
        return [(at, min(at + reach_s, last)) for at in range(first, last + 1, reach_s + step_s)]

    def _pool(self) -> urllib3.PoolManager:
        try:
            context = ssl.create_default_context(cafile=self.cafile)
        except OSError as error:
            raise SettingsError(f"--cafile: expected PEM certificates in {self.cafile}; found: {error}") from error
        return urllib3.PoolManager(ssl_context=context, timeout=TIMEOUT, retries=RETRIES)

    def _ask(self, pool: urllib3.PoolManager, start_s: int, end_s: int) -> list[Any]:
        fields = {"query": self.query, "start": str(start_s), "end": str(end_s), "step": str(self.step_s)}
        try:
            answer = pool.request(
                "POST",
                self.url.rstrip("/") + PATH,
                fields=fields,
                headers=self.login.headers(),
                encode_multipart=False,
            )
        except urllib3.exceptions.HTTPError as error:
            reason = getattr(error, "reason", error)
            if isinstance(reason, urllib3.exceptions.SSLError):
                raise CertificateError(f"{self.url}: its certificate is not trusted: {reason}; see --cafile") from error
            raise DataError(
                f"{self.url}: expected an answer of Prometheus, found {excerpt(str(reason), 200)}"
            ) from error
        if answer.status in REFUSED:
            raise AuthenticationError(
                f"{self.url}: the login was refused (HTTP {answer.status}); give PROMETHEUS_TOKEN, "
                "or PROMETHEUS_USERNAME and PROMETHEUS_PASSWORD, as variables"
            )
        return self._matrix(answer.status, answer.data)

    def _matrix(self, status: int, body: bytes) -> list[Any]:
        try:
            parsed = json.loads(body)
            if parsed["status"] != "success":
                raise DataError(f"{self.url}: Prometheus refused the query: {excerpt(str(parsed.get('error')), 300)}")
            if parsed["data"]["resultType"] != "matrix":
                raise DataError(f"{self.url}: expected a matrix, found a {excerpt(parsed['data']['resultType'], 40)}")
            result: list[Any] = parsed["data"]["result"]
        except (ValueError, KeyError, TypeError) as error:
            text = excerpt(body.decode(errors="replace"), 80)
            raise DataError(
                f"{self.url}: expected JSON of Prometheus, found HTTP {status} with '{text}'; is the address right?"
            ) from error
        return result

    def _give(self, found: dict[str, Any], sink: Sink) -> None:
        samples = [(round(1000 * float(at)), float(text)) for at, text in found.get("values", [])]
        kept = [(at, value) for at, value in samples if math.isfinite(value) and abs(value) <= MAX_VALUE]
        series = series_name(found["metric"], self.query)
        sink.add_missing(series, len(samples) - len(kept))
        if kept:
            times, values = zip(*kept, strict=True)
            sink.add(series, times, values)


def series_name(labels: dict[str, str], query: str) -> str:
    """Return a series' name in Prometheus notation, or the query."""
    metric = labels.get("__name__", "")
    pairs = [f'{name}="{_escaped(labels[name])}"' for name in sorted(labels) if name != "__name__"]
    return metric + ("{" + ",".join(pairs) + "}" if pairs else "") or query


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
