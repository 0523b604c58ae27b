"""References to secrets: an environment variable or a file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from stream.errors import SettingsError
from stream.settings.part import Part


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
