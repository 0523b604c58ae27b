"""`streamgauge show`: one series as a picture in the terminal or as a file."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import click
import numpy as np
from rich.console import Console
from rich.text import Text

from stream.cli.echo import echo, suggest
from stream.cli.options import SECONDS, parse_moment, with_settings
from stream.cli.watch.detail import SEVERITY_STYLES, lasts, opened
from stream.errors import DataError, SettingsError
from stream.events.episode_log import EpisodeSummary
from stream.events.text import display_name, format_date_time
from stream.kafka.topics.offset_range import Moment
from stream.page.excerpt import thin, with_holes
from stream.page.points import PointColumns
from stream.page.topic_history import TopicHistory, read_history
from stream.plot.braille import draw_braille, legend
from stream.plot.chart import Chart, Span
from stream.settings.settings import Settings
from stream.terminal import wrap

N_LINES = 22
MOST_POINTS = 1_500

EXAMPLES = """\b
Examples:
  streamgauge show host-7/cpu
  streamgauge show host-7/cpu --span 7d --png host-7.png
  streamgauge show 'http_latency_ms{host="web-2"}' --at 2026-11-30T02:15
"""


def _span(_context: click.Context, _option: click.Parameter, text: str) -> int:
    found = re.fullmatch(r"(\d{1,5})([mhdw])", text)
    if found is None or not int(found[1]):
        raise click.BadParameter(f"expected a span such as 90m, 6h, 7d or 2w, found '{text}'")
    return 1000 * int(found[1]) * SECONDS[found[2]]


@click.command(epilog=EXAMPLES)
@click.argument("series")
@click.option("--feature", help="The feature, of a series that has several.")
@click.option("--at", callback=parse_moment, default="latest", show_default=True, metavar="TIME",
              help="Moment in the middle: ISO 8601, UTC without offset, or a span before now such as 12h.")  # fmt: skip
@click.option("--span", "span_ms", default="6h", show_default=True, callback=_span, metavar="SPAN",
              help="How much time to show, such as 90m, 6h or 7d.")  # fmt: skip
@click.option("--png", type=click.Path(dir_okay=False, writable=True, path_type=Path), metavar="FILE",
              help="Write the picture into a file instead; needs the extra `plot`.")  # fmt: skip
@with_settings("anomalies_topic", "scores_topic")
def command(settings: Settings, series: str, feature: str | None, at: Moment, span_ms: int, png: Path | None) -> None:
    """Draw one SERIES: value, expected, band, score and episodes.

    It reads the scores topic, which the worker fills if STREAMGAUGE_SCORES_TOPIC is set, and the episodes; it joins no
    consumer group. The picture is drawn in braille letters in the terminal, or as a PNG file.
    """
    if settings.scores_topic is None:
        raise SettingsError(
            "no scores topic is set, so there is nothing to draw: set STREAMGAUGE_SCORES_TOPIC=scores for the worker "
            "and here; `streamgauge watch` shows the episodes without it"
        )
    if png is not None and find_spec("matplotlib") is None:
        raise SettingsError("--png needs matplotlib: pip install '.[plot]' in the clone of streamgauge")
    since: Moment = "beginning" if at == "beginning" else _since(at, span_ms)
    console = Console(highlight=False)
    with Console(stderr=True).status("reading") as status:
        found = read_history(settings, series, feature, since, partial(echo, err=True), status.update)
    shown = _part(found, series, at, span_ms)
    chart = _chart(display_name(series, found.feature), shown, found.episodes)
    if png is not None:
        png.write_bytes(import_module("stream.plot.figure").draw_png([chart]))
        echo(f"drawn: {png}", err=True)
        return
    console.print(draw_braille(chart, console.width, min(N_LINES, max(12, console.height - 6))), no_wrap=True)
    console.print(legend())
    for line in _episode_lines(found.episodes, shown, console.width):
        console.print(line)
    if others := ", ".join(sorted(found.features - {found.feature})):
        echo(f"--feature draws another one: {others}", err=True)


def _since(at: Moment, span_ms: int) -> int:
    now_ms = time.time_ns() // 1_000_000
    return now_ms - span_ms if isinstance(at, str) else min(at, now_ms) - span_ms // 2 - 60_000


def _part(found: TopicHistory, series: str, at: Moment, span_ms: int) -> PointColumns:
    """Return the points to draw."""
    times = found.points.times_ms
    if found.feature and found.features and found.feature not in found.features:
        known = ", ".join(sorted(found.features))
        raise DataError(f"expected a feature of {series}, one of {known}; found {found.feature}")
    if not len(times):
        advice = suggest(series, sorted(found.names), "try a longer --span, or --at beginning", 1)
        raise DataError(f"expected scores of {series} published in this range, found none; {advice}")
    end_ms = int(times[-1]) if isinstance(at, str) else at + span_ms // 2
    shown = found.points.between(end_ms - span_ms, end_ms)
    if not len(shown.times_ms):
        first, last = (format_date_time(int(each)) for each in (times[0], times[-1]))
        raise DataError(f"{series}: expected points there, found some from {first} to {last}")
    return shown


def _chart(title: str, shown: PointColumns, episodes: list[EpisodeSummary]) -> Chart:
    points = with_holes(thin(shown, MOST_POINTS))
    times = points.times_ms
    spans = []
    for each in episodes:
        first = int(np.searchsorted(times, each.latest.start))
        last = int(np.searchsorted(times, each.latest.start + _lasts_ms(each, shown), side="right")) - 1
        if each.severity is not None and first < len(times) and last >= 0:
            spans.append(Span(first, max(first, last), each.severity))
    values, expected, lower, upper, scores = points.numbers
    return Chart(
        title=title,
        moments=times.astype("datetime64[ms]"),
        values=values,
        expected=expected,
        lower=lower,
        upper=upper,
        scores=scores,
        episodes=spans,
    )


def _lasts_ms(summary: EpisodeSummary, shown: PointColumns) -> int:
    """Return how long an episode lasts: what goes on, until the newest point that is shown."""
    last_ms = int(shown.times_ms[-1])
    lasts_ms = summary.lasts_ms(last_ms)
    return lasts_ms if summary.is_over else max(lasts_ms, last_ms - summary.latest.start)


def _episode_lines(episodes: list[EpisodeSummary], shown: PointColumns, width: int) -> Iterator[Text]:
    start_ms, end_ms = int(shown.times_ms[0]), int(shown.times_ms[-1])
    for each in reversed(episodes):
        lasts_ms = _lasts_ms(each, shown)
        if each.latest.start <= end_ms and each.latest.start + lasts_ms >= start_ms:
            style = SEVERITY_STYLES[each.severity] if each.severity else ""
            head = f"{opened(each.latest.start, with_year=True)} UTC  {each.phase}, {lasts(lasts_ms)}  "
            yield Text.assemble(head, (each.severity or "", style), "\n", wrap(f"  {each.why}", width, 2))
