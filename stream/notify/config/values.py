"""Types of values in the file: durations and addresses."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from stream.errors import SettingsError
from stream.settings.values import UNITS_MS, Part, is_loopback


class Secret(Part):
    """Where a secret is: `{env = "NAME"}` or `{file = "/path"}`."""

    env: str | None = Field(default=None, min_length=1, description="Environment variable that holds it.")
    file: Path | None = Field(default=None, description="File whose only line it is.")

    @model_validator(mode="before")
    @classmethod
    def _is_reference(cls, value: object) -> object:
        if isinstance(value, str):
            raise ValueError(
                'a reference to the secret, {env = "NAME"} or {file = "/path"}; found it written out: take it out '
                "of the file and renew it"
            )
        return value

    @model_validator(mode="after")
    def _has_one_place(self) -> Self:
        if (self.env is None) == (self.file is None):
            raise ValueError('one of {env = "NAME"} and {file = "/path"}')
        return self

    def __str__(self) -> str:
        """Name the place, never the secret."""
        return f"the variable {self.env}" if self.env is not None else f"the file {self.file}"

    def read(self) -> str:
        """Return the secret.

        Raises
        ------
        SettingsError
            If there is none; the text names the place.
        """
        try:
            text = os.environ.get(self.env or "", "") if self.file is None else self.file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            found = error.strerror if isinstance(error, OSError) else "no UTF-8 text"
            raise SettingsError(f"expected a secret in {self}; found: {found}") from None
        if not text.strip():
            raise SettingsError(f"expected a secret in {self}; found nothing there")
        return text.strip()


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
    return parts.scheme == "https" or is_loopback(parts.hostname or "")


Duration = Annotated[int, BeforeValidator(_duration)]
"""Milliseconds, written as 30s, 5m, 4h or 1d."""


Url = Annotated[str, AfterValidator(check_url)]


SecureUrl = Annotated[str, AfterValidator(check_secure_url)]
