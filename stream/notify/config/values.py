"""Types of values in the file: durations and addresses."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator

from stream.settings.values import UNITS_MS

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def _duration(value: object) -> int:
    if isinstance(value, str) and re.fullmatch(r"(0|[1-9]\d{0,5})[smhd]", value):
        return int(value[:-1]) * UNITS_MS[value[-1]]
    raise ValueError("a duration such as 30s, 5m, 4h or 1d")


def check_url(text: str) -> str:
    """Check that a text is an http or https address.

    Raises
    ------
    ValueError
        Without the text, which may hold a secret.
    """
    try:
        parts = urlsplit(text)
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_good = False
    if not is_good or any(letter.isspace() for letter in text):
        raise ValueError("an address such as https://host/path")
    if parts.username is not None or parts.password is not None:
        raise ValueError("an address without a password: give it as a secret of its own")
    return text.rstrip("/")


def check_secure_url(text: str) -> str:
    """Check that an address is https, or on this machine.

    Raises
    ------
    ValueError
        Without the text.
    """
    if not is_secure(check_url(text)):
        raise ValueError("an https address: a secret is sent there")
    return text.rstrip("/")


def is_secure(url: str) -> bool:
    """Check whether an address is https, or on this machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or parts.hostname in LOOPBACK


Duration = Annotated[int, BeforeValidator(_duration)]
"""Milliseconds, written as 30s, 5m, 4h or 1d."""

Url = Annotated[str, AfterValidator(check_url)]
SecureUrl = Annotated[str, AfterValidator(check_secure_url)]
