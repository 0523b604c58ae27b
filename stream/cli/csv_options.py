"""Options of the commands that read CSV files."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypedDict, TypeVar, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from stream.formats.csv.columns import CsvFormat
from stream.formats.features import MAX_NAME_LENGTH
from stream.formats.rejections import excerpt

R = TypeVar("R")

PARTS = ("timestamp", "value", "series")

FORMAT_FIELDS = ("series", "features", "timestamp_format", "timezone", "decimal", "skip_bad")
"""Fields of a `CsvFormat` that are one option each."""

SKIP_BAD = click.option(
    "--skip-bad", is_flag=True, help="Count and leave out rows that are no points, instead of ending."
)


class ColumnNames(TypedDict, total=False):
    """The columns of a `CsvFormat` that were named."""

    timestamp_column: str
    value_column: str
    series_column: str


def parse_columns(_context: click.Context, _option: click.Parameter, text: str | None) -> ColumnNames:
    """Read `timestamp=NAME,value=NAME,series=NAME`, of which each part may be missing."""
    columns: dict[str, str] = {}
    for pair in text.split(",") if text else []:
        part, _, column = (word.strip() for word in pair.partition("="))
        if part not in PARTS or not column or f"{part}_column" in columns:
            raise click.BadParameter(f"expected timestamp=NAME,value=NAME,series=NAME or some of them, found '{pair}'")
        columns[f"{part}_column"] = column
    return cast(ColumnNames, columns)


def parse_features(_context: click.Context, _option: click.Parameter, text: str | None) -> tuple[str, ...]:
    """Parse `NAME,NAME` into distinct feature names."""
    if text is None:
        return ()
    features = tuple(name.strip() for name in text.split(","))
    if len(set(features)) < len(features) or not all(1 <= len(name) <= MAX_NAME_LENGTH for name in features):
        raise click.BadParameter(f"expected different names, such as cpu,mem, found '{excerpt(text, 120)}'")
    return features


def refuse_both(features: tuple[str, ...], columns: ColumnNames) -> None:
    """Refuse features together with a column of plain values."""
    if features and "value_column" in columns:
        raise click.UsageError("--features and --columns value=NAME exclude each other: a point has one or the other")


def parse_timezone(_context: click.Context, _option: click.Parameter, name: str) -> ZoneInfo:
    """Find a time zone by its IANA name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise click.BadParameter(f"expected a time zone such as UTC or Europe/Berlin, found '{name}'") from error


def csv_format_options(command: Callable[..., R]) -> Callable[..., R]:
    """Add the CSV options; the function receives them as `csv_format`."""
    return strict_csv_options(SKIP_BAD(command))


def strict_csv_options(command: Callable[..., R]) -> Callable[..., R]:
    """Add the CSV options of commands that end at a row that is no point."""

    @functools.wraps(command)
    def read_and_call(columns: ColumnNames, **options: Any) -> R:
        given = {name: options.pop(name) for name in FORMAT_FIELDS if name in options}
        refuse_both(given["features"], columns)
        return command(csv_format=CsvFormat(**columns, **given), **options)

    decorated: Callable[..., R] = read_and_call
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated


_OPTIONS = (
    click.option("--series", help="Series of all points; without it a column of series, or else the file's name."),
    click.option(
        "--columns",
        callback=parse_columns,
        metavar="timestamp=C,value=C,series=C",
        help="Names in the header line, or numbers from 1, of the columns that are not called timestamp, value, "
        "series.",
    ),
    click.option(
        "--features",
        callback=parse_features,
        metavar="NAME,...",
        help="Columns that together are a point's value, an object of numbers; instead of a column of values.",
    ),
    click.option("--timestamp-format", metavar="FORMAT", help="s, ms, or a strptime format such as '%d.%m.%Y %H:%M'."),
    click.option(
        "--timezone", default="UTC", show_default=True, callback=parse_timezone, help="Zone of times without an offset."
    ),
    click.option(
        "--decimal",
        type=click.Choice([".", ","]),
        default=".",
        show_default=True,
        help="Decimal separator of the values.",
    ),
)
