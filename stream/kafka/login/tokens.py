"""Access tokens of a login: kept, and renewed before they expire."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from functools import lru_cache

from kafka.errors import KafkaConnectionError
from kafka.net.sasl.oauth import AbstractTokenProvider

from stream.errors import StreamgaugeError
from stream.kafka.login.msk import sign_token
from stream.kafka.login.oidc import fetch_token
from stream.settings.security import SecuritySettings
from stream.settings.values import parse_pairs

RENEWED_AFTER = 0.8
"""Share of a token's life after which it is renewed: the rest is for retries while the endpoint is down."""

RETRY_S = 5.0

BY_TOKEN = ("OAUTHBEARER", "AWS_MSK_IAM")
"""Mechanisms that log in with a token. Both are OAUTHBEARER on the wire."""

log = logging.getLogger(__name__)


class Tokens:
    """Keeps a token, and renews it in time; for several threads.

    Parameters
    ----------
    fetch : callable
        Returns a new token with its life in seconds, or raises a StreamgaugeError.
    extensions : mapping of str to str
        SASL extensions that are sent with a token.
    clock : callable
        Seconds of a clock that never goes back.
    """

    def __init__(
        self,
        fetch: Callable[[], tuple[str, float]],
        extensions: Mapping[str, str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch
        self.extensions = dict(extensions)
        self._clock = clock
        self._lock = threading.Lock()
        self._text = ""
        self._renew_at_s = self._expires_at_s = float("-inf")

    def current(self) -> str:
        """Return a token that is valid.

        Raises
        ------
        AuthenticationError, BrokerUnreachableError, CertificateError, SettingsError
            If there is no new one, and the old one has expired.
        """
        with self._lock:
            if self._clock() >= self._renew_at_s:
                self._renew()
            return self._text

    def _renew(self) -> None:
        try:
            self._text, life_s = self._fetch()
        except StreamgaugeError as error:
            left_s = self._expires_at_s - self._clock()
            if left_s <= 0:
                raise
            log.warning("no new token for the login, the old one is valid for %.0f s: %s", left_s, error)
            self._renew_at_s = self._clock() + RETRY_S
            return
        now_s = self._clock()
        self._renew_at_s, self._expires_at_s = now_s + RENEWED_AFTER * life_s, now_s + life_s


def tokens(settings: SecuritySettings) -> Tokens | None:
    """Return the tokens of a login, shared by all clients; None for other mechanisms."""
    return _tokens(SecuritySettings.model_validate(_login(settings))) if settings.sasl_mechanism in BY_TOKEN else None


def _login(settings: SecuritySettings) -> dict[str, object]:
    """Return the fields of the login alone: clients with other settings share their tokens."""
    return {name: getattr(settings, name) for name in SecuritySettings.model_fields}


@lru_cache(maxsize=8)
def _tokens(login: SecuritySettings) -> Tokens:
    if login.sasl_mechanism == "AWS_MSK_IAM":
        return Tokens(lambda: sign_token(login.sasl_aws_region or ""), {})
    extensions = login.sasl_token_extensions
    return Tokens(lambda: fetch_token(login), parse_pairs(extensions) if extensions else {})


class TokenProvider:
    """Tokens as kafka-python asks for them."""

    def __init__(self, source: Tokens) -> None:
        self._source = source

    def token(self) -> str:
        """Return a token.

        Raises
        ------
        kafka.errors.KafkaConnectionError
            If there is none: the client tries again, as without a broker.
        """
        try:
            return self._source.current()
        except StreamgaugeError as error:
            raise KafkaConnectionError(str(error)) from error

    def extensions(self) -> dict[str, str]:
        """Return the SASL extensions."""
        return self._source.extensions


AbstractTokenProvider.register(TokenProvider)
