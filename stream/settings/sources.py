"""Sources of settings, and errors about their values."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path

from pydantic import SecretStr, ValidationError
from pydantic_core import ErrorDetails, to_jsonable_python
from pydantic_settings import BaseSettings, EnvSettingsSource

from stream.errors import SettingsError

PREFIX = "STREAMGAUGE_"
TEST_VARIABLES = frozenset({"STREAMGAUGE_NAB"})
"""Say where the tests find their data; they are no settings of the product."""

_EXPECTED = {
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "finite_number": "a finite number",
    "float_parsing": "a number",
    "float_type": "a number",
    "greater_than": "more than {gt:g}",
    "greater_than_equal": "{ge:g} or more",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "less_than": "less than {lt:g}",
    "less_than_equal": "{le:g} or less",
    "literal_error": "{expected}",
    "missing": "it to be given",
    "model_type": "a table",
    "path_type": "the path of a file",
    "string_too_short": "text",
    "string_type": "text",
    "tuple_type": "an array of rules",
    "value_error": "{error}",
}


_NOUNS: dict[int | str, str] = {"maintenance": "window", "topics": "topic"}


@dataclass(frozen=True, slots=True)
class SettingsSource:
    """Values of one source, and its spelling of fields."""

    values: Mapping[str, object]
    spelling: str

    def origin(self, field: str) -> str:
        """Return the field's spelling here, in brackets."""
        return self.spelling.format(key=field, flag=field.replace("_", "-"))


def variable(field: str) -> str:
    """Name the environment variable of a field."""
    return PREFIX + field.upper()


def from_flags(flags: Mapping[str, object]) -> SettingsSource:
    """Return the flags that were given."""
    return SettingsSource({field: value for field, value in flags.items() if value is not None}, " (given as --{flag})")


def from_environment(settings: type[BaseSettings]) -> SettingsSource:
    """Read STREAMGAUGE_* variables; empty ones are absent.

    Raises
    ------
    SettingsError
        If a STREAMGAUGE_* variable is no setting.
    """
    known = settings.model_fields
    for name in sorted(os.environ):
        field = name.removeprefix(PREFIX).lower()
        if name.startswith(PREFIX) and name not in TEST_VARIABLES and field not in known:
            raise SettingsError(f"{name}: there is no such setting{_nearest(field, known, variable)}")
    return SettingsSource(
        EnvSettingsSource(settings, case_sensitive=False, env_prefix=PREFIX, env_ignore_empty=True)(), ""
    )


def to_environment(settings: BaseSettings) -> dict[str, str]:
    """Return the given settings as environment variables."""
    given = {field: getattr(settings, field) for field in settings.model_fields_set}
    return {variable(field): _spell(value) for field, value in given.items() if value is not None}


def _spell(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    plain = to_jsonable_python(value, by_alias=True, exclude_none=True)
    return plain if isinstance(plain, str) else json.dumps(plain)


def from_file(path: Path | None, settings: type[BaseSettings]) -> SettingsSource:
    """Read a TOML file of settings.

    Raises
    ------
    SettingsError
        If the file cannot be read, is not TOML or has a key that is no setting.
    """
    if path is None:
        return SettingsSource({}, "")
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"--config {path}: expected a readable TOML file, found: {error.strerror}") from error
    except ValueError as error:
        # The text gives line and column and quotes no value; a UnicodeDecodeError in the chain would carry the file.
        raise SettingsError(f"--config {path}: expected TOML in UTF-8, found: {error}") from None
    for key in values:
        if key not in settings.model_fields:
            raise SettingsError(f"{key} in {path}: there is no such setting{_nearest(key, settings.model_fields, str)}")
    return SettingsSource(values, f" ({{key}} in {path})")


def explain(
    errors: ValidationError,
    sources: Collection[SettingsSource],
    secrets: Collection[str],
    tables: Mapping[str, Collection[str]],
) -> str:
    """Describe each wrong value: where, expected, found.

    Parameters
    ----------
    errors : pydantic.ValidationError
        From the settings made of `sources`.
    sources : Collection[SettingsSource]
        The first that has a field is the one that gave its value.
    secrets : Collection[str]
        Fields whose value is never shown.
    tables : Mapping[str, Collection[str]]
        Settings that are arrays of tables, and the fields of such a table.
    """
    return "\n".join(_sentence(error, sources, secrets, tables) for error in errors.errors(include_url=False))


def explain_table(errors: ValidationError, table: str, tables: Mapping[str, Collection[str]]) -> str:
    """Describe each wrong value of one table, such as a rule."""
    sentences = []
    for error in errors.errors(include_url=False):
        location = (table, *error["loc"])
        if error["type"] == "extra_forbidden":
            sentences.append(f"{error['loc'][-1]}: {_unknown_field(location, tables)}")
        elif not error["loc"]:
            sentences.append(f"expected {_expected(error)}")
        else:
            sentences.append(f"{_place(location)[2:]}: expected {_expected(error)}; found {_written(error['input'])}")
    return "; ".join(sentences)


def _expected(error: ErrorDetails) -> str:
    template = _EXPECTED.get(error["type"])
    return error["msg"] if template is None else template.format(**error.get("ctx", {}))


def _sentence(
    error: ErrorDetails,
    sources: Collection[SettingsSource],
    secrets: Collection[str],
    tables: Mapping[str, Collection[str]],
) -> str:
    expected = _expected(error)
    if not error["loc"]:
        return expected
    field = str(error["loc"][0])
    origin = next((source.origin(field) for source in sources if field in source.values), "")
    place = f"{variable(field)}{_place(error['loc'])}{origin}"
    if error["type"] == "extra_forbidden":
        return f"{place}: {_unknown_field(error['loc'], tables)}"
    found = "a value that is not shown" if field in secrets else _written(error["input"])
    return f"{place}: expected {expected}; found {found}"


def _place(location: tuple[int | str, ...]) -> str:
    """Name the rule, window or topic of a value, from 1."""
    parts = []
    for before, part in pairwise(location):
        noun = _NOUNS.get(before, "rule")
        parts.append(f", {noun} {part + 1}" if isinstance(part, int) else f", {part}")
    return "".join(parts)


def _unknown_field(location: tuple[int | str, ...], tables: Mapping[str, Collection[str]]) -> str:
    """Describe an unknown field, with the nearest known."""
    *table, name = (part for part in location if isinstance(part, str))
    fields = tables[table[-1]]
    matches = get_close_matches(name, fields, n=1)
    meant = f"; did you mean {matches[0]}?" if matches else "."
    return f"there is no such field{meant} The fields are {', '.join(fields)}"


def _written(value: object) -> str:
    """Format a value as its source does."""
    if isinstance(value, datetime | time):
        return value.isoformat()
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{name} = {_written(each)}' for name, each in value.items())}}}"
    return repr(value)


def _nearest(name: str, known: Collection[str], spell: Callable[[str], str]) -> str:
    matches = get_close_matches(name, known, n=1)
    return f"; did you mean {spell(matches[0])}?" if matches else "; docs/settings.md lists them"
