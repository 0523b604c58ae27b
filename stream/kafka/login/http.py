"""One HTTP request, for token endpoints and schema registries."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Mapping
from typing import NamedTuple
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, HTTPSHandler, Request, build_opener

from stream.errors import CertificateError
from stream.settings.sources import variable

TIMEOUT_S = 5.0

MAX_BYTES = 4 << 20
"""Largest body that is read."""


class Answer(NamedTuple):
    """Status and body of an answer."""

    status: int
    body: bytes


class NoAnswerError(Exception):
    """A server does not answer, or breaks off."""


class _NoRedirect(HTTPRedirectHandler):
    """Follow no redirect: it could lead the login to another host."""

    def redirect_request(self, *_: object) -> None:
        """Return no request, so that the redirect is the answer."""


def ask(url: str, context: ssl.SSLContext, cafile_field: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
    """Send a GET, or a POST where there is a body.

    The proxies of the variables `https_proxy`, `http_proxy` and `no_proxy` are used.

    Parameters
    ----------
    url : str
    context : ssl.SSLContext
    cafile_field : str
        Name of the setting with the trusted authorities, for errors.
    headers : mapping of str to str
    body : bytes or None

    Raises
    ------
    CertificateError
        If the server's certificate is not trusted.
    NoAnswerError
        If there is no whole answer in time.
    """
    opener = build_opener(HTTPSHandler(context=context), _NoRedirect())
    try:
        with opener.open(Request(url, body, dict(headers)), timeout=TIMEOUT_S) as answer:
            return Answer(answer.status, answer.read(MAX_BYTES))
    except HTTPError as error:
        with error:
            return Answer(error.code, error.read(MAX_BYTES))
    except (OSError, http.client.HTTPException) as error:
        reason = error.reason if isinstance(error, URLError) else error
        if isinstance(reason, ssl.SSLCertVerificationError):
            text = f"the certificate of {url} is not trusted: {reason.verify_message}"
            raise CertificateError(f"{text}. Set {variable(cafile_field)} to the authority that signed it") from error
        raise NoAnswerError(getattr(reason, "strerror", None) or str(reason) or type(reason).__name__) from error
