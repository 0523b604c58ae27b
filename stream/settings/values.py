"""Types of settings' values, with their expectations."""

from __future__ import annotations

import ipaddress
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final, Literal, NamedTuple, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, model_validator

_ADDRESS = re.compile(r"(?P<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):(?P<port>\d{1,5})")
# Kafka allows 249; the rest is kept for what we append, such as `-state-changelog`.
_NAME = re.compile(r"[A-Za-z0-9._-]{1,200}")

UNITS_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
TimestampUnit = Literal["auto", "s", "ms", "us", "ns"]
Protocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER", "AWS_MSK_IAM", "GSSAPI"]

Sensitivity = Literal["low", "normal", "high"]

SENSITIVITIES: Final[dict[str, str]] = {"low": "1 per 60 days", "normal": "1 per 30 days", "high": "1 per 5000 points"}
"""The budget that each sensitivity is a name of."""

SECONDS: Final = {"minute": 60.0, "hour": 3_600.0, "day": 86_400.0, "week": 604_800.0}

EXAMPLES: Final = "how many per time or points, such as '1 per 30 days', '2 per week' or '1 per 5000 points'"

_WRITTEN = re.compile(r"(?P<n>\d+) per ((?P<many>\d+) )?(?P<unit>minute|hour|day|week|point)s?")


def is_loopback(host: str) -> bool:
    """Check whether an address is this machine's own."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def parse_addresses(text: str) -> list[tuple[str, int]]:
    """Split `host:port,host:port` into pairs, IPv6 in brackets.

    Raises
    ------
    ValueError
        If a part is not an address; the text says what is expected.
    """
    matches = [_ADDRESS.fullmatch(part.strip()) for part in text.split(",")]
    addresses = [(match["host"].strip("[]"), int(match["port"])) for match in matches if match is not None]
    if len(addresses) < len(matches) or not all(0 < port < 65536 for _, port in addresses):
        raise ValueError("host:port, several with commas between, such as kafka-1:9092,kafka-2:9092")
    return addresses


def _addresses(text: str) -> str:
    parse_addresses(text)
    return ",".join(part.strip() for part in text.split(","))


def _name(text: str) -> str:
    if not _NAME.fullmatch(text) or text in {".", ".."}:
        raise ValueError("1 to 200 letters, digits, '.', '_' or '-', as Kafka allows them in names")
    return text


def _file(path: Path) -> Path:
    if not path.is_file():
        raise ValueError("the path of a file that is there")
    return path


def _hours(hours: int) -> int:
    if hours != -1 and hours < 1:
        raise ValueError("1 or more hours, or -1 to keep for ever")
    return hours


def _url(text: str) -> str:
    try:
        address = urlsplit(text)
        usable = address.scheme in ("http", "https") and bool(address.hostname) and (address.port or 1) > 0
    except ValueError:
        usable = False
    if not usable or address.username is not None or address.query or address.fragment:
        raise ValueError("https://HOST/PATH without a login or a query in it")
    return text.rstrip("/")


def parse_pairs(text: str) -> dict[str, str]:
    """Split `name=value,name=value`.

    Raises
    ------
    ValueError
        If a part is no pair.
    """
    pairs = [part.strip().partition("=") for part in text.split(",")]
    if not all(name and equals and value for name, equals, value in pairs):
        raise ValueError("name=value, several with commas between")
    return {name: value for name, _, value in pairs}


def _pairs(text: str) -> str:
    parse_pairs(text)
    return text


def _replicas(number: int) -> int:
    if number != -1 and not 1 <= number <= 32767:
        raise ValueError("1 or more replicas, or -1 for the broker's default")
    return number


def _version(text: str) -> str:
    if not re.fullmatch(r"\d+\.\d+(\.\d+)?", text):
        raise ValueError("a version such as 2.3")
    return text


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError("the name of a time zone such as UTC or Europe/Berlin") from error
    return name


def _lasting(value: object) -> object:
    """Parse a number of points, or a duration."""
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    if isinstance(value, str) and re.fullmatch(r"[1-9]\d{0,5}[smhd]?", value):
        return value
    raise ValueError("a time such as 90s, 5m, 2h or 1d, or a number of points such as 3")


def parse_lasting(value: int | str) -> tuple[int, int]:
    """Return milliseconds and points; one of them is 0."""
    text = str(value)
    if text[-1] in UNITS_MS:
        return int(text[:-1]) * UNITS_MS[text[-1]], 0
    return 0, int(text)


Lasting = Annotated[int | str, BeforeValidator(_lasting)]


Addresses = Annotated[str, AfterValidator(_addresses)]


Name = Annotated[str, AfterValidator(_name)]


File = Annotated[Path, AfterValidator(_file)]


Hours = Annotated[int, AfterValidator(_hours)]


Pairs = Annotated[str, AfterValidator(_pairs)]


Replicas = Annotated[int, AfterValidator(_replicas)]


Url = Annotated[str, AfterValidator(_url)]


Version = Annotated[str, AfterValidator(_version)]


Zone = Annotated[str, AfterValidator(_zone)]


class Part(BaseModel):
    """Frozen settings that belong together."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, allow_inf_nan=False)

    def conflicts(self) -> Iterator[str]:
        """Describe in a sentence each what is right alone and wrong together; a part adds its own."""
        return iter(())

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        sentences = list(self.conflicts())
        if sentences:
            raise ValueError("\n".join(sentences))
        return self


class Allowance(NamedTuple):
    """One false alarm per time or per points; the other NaN."""

    period_s: float
    points: float


def allowance(text: str) -> Allowance:
    """Read how often a series may alarm for nothing.

    Raises
    ------
    ValueError
        If it is written otherwise; the text says what is expected.
    """
    found = _WRITTEN.fullmatch(text.strip())
    if found is None or not int(found["n"]) or not int(found["many"] or 1):
        raise ValueError(EXAMPLES)
    each = int(found["many"] or 1) / int(found["n"])
    if found["unit"] == "point":
        return Allowance(math.nan, each)
    return Allowance(each * SECONDS[found["unit"]], math.nan)


def _checked(text: str) -> str:
    allowance(text)
    return text.strip()


FalseAlarms = Annotated[str, AfterValidator(_checked)]
