"""HTTP for channels: configured addresses only, no redirects."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import httpx

from stream import __version__
from stream.formats.rejections import excerpt
from stream.notify.channels.channel import DeliveryFailedError, DeliveryRefusedError

TIMEOUT_S: Final = 10.0
MAX_WAIT_S: Final = 3_600.0
"""The longest that a receiver is believed when it asks to wait."""

MAX_ANSWER: Final = 200
"""Characters of a refusal that are kept."""

AGAIN: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})
MASK: Final = "**********"


class HttpSender:
    """Sends requests of one channel, and explains failures.

    Nothing of the environment is used: no proxy, no netrc. Redirects are refused, so that a notification and its
    secrets go nowhere but where the file says.

    Parameters
    ----------
    secrets : tuple of str
        Masked in every text of an error.
    proxy : str, optional
    ca_file : Path, optional
    """

    def __init__(self, secrets: tuple[str, ...] = (), proxy: str | None = None, ca_file: Path | None = None) -> None:
        self._secrets = [secret for secret in secrets if secret]
        self._client = httpx.AsyncClient(
            follow_redirects=False,
            trust_env=False,
            timeout=TIMEOUT_S,
            proxy=proxy,
            verify=ssl.create_default_context(cafile=ca_file),
            headers={"User-Agent": f"streamgauge/{__version__}"},
        )

    async def send(self, method: str, url: str, **options: Any) -> httpx.Response:
        """Send a request; return an answer of status 2xx.

        Raises
        ------
        DeliveryFailedError
            If nothing answers, or with 408, 425, 429 or 5xx.
        DeliveryRefusedError
            With any other status.
        """
        try:
            answer = await self._client.request(method, url, **options)
        except httpx.HTTPError as error:
            raise DeliveryFailedError(self.masked(f"no answer: {_cause(error)}")) from None
        if answer.is_success:
            return answer
        text = self.masked(_describe(answer))
        if answer.is_server_error or answer.status_code in AGAIN:
            raise DeliveryFailedError(text, retry_after(answer.headers))
        raise DeliveryRefusedError(text)

    def masked(self, text: str) -> str:
        """Replace every secret in a text."""
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        return text

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


class HttpChannel:
    """A channel that sends by HTTP."""

    def __init__(self, http: HttpSender) -> None:
        self._http = http

    async def close(self) -> None:
        """Close its connections."""
        await self._http.close()


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of a Retry-After header, or None."""
    text = headers.get("Retry-After", "")
    try:
        seconds = float(text) if text.replace(".", "", 1).isdigit() else _until(text)
    except (TypeError, ValueError):
        return None
    return min(max(seconds, 0.0), MAX_WAIT_S)


def _until(date: str) -> float:
    then = parsedate_to_datetime(date)
    return ((then if then.tzinfo is not None else then.replace(tzinfo=UTC)) - datetime.now(UTC)).total_seconds()


def _cause(error: httpx.HTTPError) -> str:
    text = str(error)
    return f"{type(error).__name__}{f': {excerpt(text, MAX_ANSWER)}' if text else ''}"


def _describe(answer: httpx.Response) -> str:
    if answer.is_redirect:
        return f"HTTP {answer.status_code}: a redirect, which is not followed; expected the final address"
    text = excerpt(" ".join(answer.text.split()), MAX_ANSWER)
    return f"HTTP {answer.status_code}{f': {text}' if text else ''}"
