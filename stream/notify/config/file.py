"""The file `notify.toml`, read and checked."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

from pydantic import Field, ValidationError
from pydantic_core import ErrorDetails

from stream.errors import SettingsError
from stream.events.episodes import Severity
from stream.notify.config.receivers import AnyReceiver, SlackWebhookReceiver, TeamsReceiver
from stream.notify.config.routes import Grouping, Route
from stream.notify.config.values import Duration, Url, check_secure_url
from stream.settings.values import File


class NotifyConfig(Grouping):
    """Receivers, routes, and what holds for all of them."""

    page_url: Url | None = Field(default=None, description="Address of the live page, for links in messages.")
    silence_severity: Severity = Field(
        default="minor", description="Severity of a series that fell silent; minor unless given."
    )
    retry_for: Duration = Field(
        default=86_400_000,
        ge=1_000,
        description="How long a receiver is tried that does not answer; 1d unless given.",
    )
    proxy: Url | None = Field(default=None, description="HTTP proxy of all channels but e-mail.")
    ca_file: File | None = Field(default=None, description="PEM file of trusted authorities; without it the system's.")
    receivers: tuple[AnyReceiver, ...] = Field(description="Where notifications go.")
    routes: tuple[Route, ...] = Field(description="Which episodes go where; the first match decides.")

    def conflicts(self) -> Iterator[str]:
        """Check that names are unique and known."""
        yield from super().conflicts()
        names = [receiver.name for receiver in self.receivers]
        yield from (f"{field}: expected at least one" for field in ("receivers", "routes") if not getattr(self, field))
        yield from (f"receivers: {name!r} is there twice" for name, n in Counter(names).items() if n > 1)
        keys = Counter(route.key for route in self.routes)
        yield from (f"routes: two are {key!r}; give them names" for key, n in keys.items() if n > 1)
        for number, route in enumerate(self.routes, start=1):
            for name in sorted(set(route.receivers) - set(names)):
                yield f"routes, number {number}: receiver {name!r} is not defined; expected one of {', '.join(names)}"

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read and check the file, and that every secret is there.

        Raises
        ------
        SettingsError
            One line for each mistake, never with a secret.
        """
        try:
            config = cls.model_validate(_read(path))
        except ValidationError as errors:
            lines = [f"{path}: {_place(error['loc'])}{_expected(error)}" for error in errors.errors()]
            raise SettingsError("\n".join(lines)) from None
        problems = list(config._secret_problems())
        if problems:
            raise SettingsError("\n".join(f"{path}: {problem}" for problem in problems))
        return config

    def _secret_problems(self) -> Iterator[str]:
        for receiver in self.receivers:
            for secret in receiver.secrets():
                try:
                    text = secret.read()
                    if isinstance(receiver, SlackWebhookReceiver | TeamsReceiver):
                        check_secure_url(text)
                except SettingsError as error:
                    yield f"receiver {receiver.name!r}: {error}"
                except ValueError as error:
                    yield f"receiver {receiver.name!r}: expected in {secret} {error}"


def _read(path: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: expected TOML; found: {error}") from None


def _place(location: tuple[int | str, ...]) -> str:
    """Write where a mistake is: `routes, number 2, severity: `; the kind of a receiver is left out."""
    parts = [
        f"number {part + 1}" if isinstance(part, int) else part
        for number, part in enumerate(location)
        if not (number == 2 and location[0] == "receivers")
    ]
    return f"{', '.join(parts)}: " if parts else ""


def _expected(error: ErrorDetails) -> str:
    """Write what was expected; what was found may be a secret."""
    message, details = error["msg"].removeprefix("Value error, "), error.get("ctx", {})
    match error["type"]:
        case "extra_forbidden":
            return "no such key"
        case "missing" | "union_tag_not_found":
            return f"{'type: ' if error['type'] != 'missing' else ''}not given"
        case "union_tag_invalid":
            return f"type: expected one of {details['expected_tags']}; found '{details['tag']}'"
        case "value_error" if error["loc"]:
            return f"expected {message}"
    return message.replace("Input should be", "expected", 1)
