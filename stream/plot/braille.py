"""Chart of a series for a terminal: lines of braille dots, with axes and colours."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import numpy as np
from rich.text import Text

from stream.detection.arrays import Float64, Int64
from stream.events.episodes import Severity
from stream.events.text import format_date_time, format_number
from stream.plot.chart import Chart

VALUE, EXPECTED, BAND, SCORE, THRESHOLD = "bold blue", "dark_orange3", "grey50", "blue", "red"
SEVERITIES: Final[dict[Severity, str]] = {"minor": "yellow4", "major": "dark_orange3", "critical": "bold red"}

DOTS: Final = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
"""Bits of the dots of a braille letter: four rows of two."""

BLANK: Final = 0x2800
AXIS: Final = 10
"""Columns of the labels at the left."""

MARGIN: Final = 0.08
SCORE_PART: Final = 0.3
LEAST_TOP: Final = 1.5
"""The score's axis reaches at least so far, so that the threshold is in sight."""


class Canvas:
    """Dots in a grid of letters; the last line drawn gives a letter its colour.

    Parameters
    ----------
    width, height : int
        In letters.
    low, high : float
        Values at the lowest and highest dot.
    """

    def __init__(self, width: int, height: int, low: float, high: float) -> None:
        self._bits = np.zeros((height, width), np.int64)
        self._styles = np.full((height, width), "", object)
        self._low, self._high = low, high

    def plot(self, x: Float64, y: Float64, style: str, every: int = 1) -> None:
        """Draw a line through points.

        Parameters
        ----------
        x : float64, shape (rows,)
            From 0 at the left to 1 at the right.
        y : float64, shape (rows,)
            NaN leaves a gap.
        every : int
            Draws one of so many columns of dots.
        """
        height, width = self._bits.shape
        columns = np.round(x * (2 * width - 1)).astype(np.int64)
        share = (y - self._low) / (self._high - self._low)
        rows = np.round((1 - share) * (4 * height - 1))
        for n in range(len(x)):
            if not np.isfinite(rows[n]):
                continue
            last = n - 1 if n and np.isfinite(rows[n - 1]) and columns[n] - columns[n - 1] <= 2 * width / 8 else n
            self._line(columns[last], rows[last], columns[n], rows[n], style, every)

    def text(self, row: int) -> Text:
        """Return a row of letters."""
        line = Text()
        for bits, style in zip(self._bits[row], self._styles[row], strict=True):
            line.append(chr(BLANK + int(bits)) if bits else " ", style or "")
        return line

    def _line(self, x0: int, y0: float, x1: int, y1: float, style: str, every: int) -> None:
        n = int(max(abs(x1 - x0), abs(y1 - y0), 1)) + 1
        columns = np.round(np.linspace(x0, x1, n)).astype(np.int64)
        rows = np.round(np.linspace(y0, y1, n)).astype(np.int64)
        height, width = self._bits.shape
        kept = (rows >= 0) & (rows < 4 * height) & (columns >= 0) & (columns < 2 * width) & (columns % every == 0)
        for column, row in zip(columns[kept], rows[kept], strict=True):
            self._bits[row // 4, column // 2] |= DOTS[row % 4, column % 2]
            self._styles[row // 4, column // 2] = style


def draw_braille(chart: Chart, width: int, height: int) -> Text:
    """Draw value, expected and band above, the score below.

    Parameters
    ----------
    chart : Chart
        With at least one point.
    width, height : int
        Columns and lines to fill.
    """
    below = max(3, round(SCORE_PART * height))
    above = max(4, height - below - 4)
    times = chart.moments.astype("datetime64[ms]").astype(np.int64)
    x = (times - times[0]) / max(1, times[-1] - times[0])
    values, scores = _values(chart, x, width - AXIS, above), _scores(chart, x, width - AXIS, below)
    lines = [
        Text(chart.title, "bold"),
        *values,
        _episodes(chart, x, width - AXIS),
        *scores,
        _times(times, width - AXIS),
    ]
    return Text("\n").join(lines)


def legend() -> Text:
    """Return what the colours mean."""
    names = (("value", VALUE), ("expected", EXPECTED), ("band", BAND), ("score", SCORE), ("threshold 1.0", THRESHOLD))
    return Text("   ").join(Text.assemble(("⠤⠤ ", style), (name, "dim")) for name, style in names)


def _values(chart: Chart, x: Float64, width: int, height: int) -> list[Text]:
    low, high = (float(end.reduce(chart.values, initial=np.nan)) for end in (np.fmin, np.fmax))
    if not np.isfinite([low, high]).all():
        low, high = 0.0, 1.0
    margin = MARGIN * ((high - low) or abs(high) or 1.0)
    canvas = Canvas(width, height, low - margin, high + margin)
    for column, style, every in (
        (chart.lower, BAND, 4),
        (chart.upper, BAND, 4),
        (chart.expected, EXPECTED, 2),
        (chart.values, VALUE, 1),
    ):
        canvas.plot(x, column, style, every)
    labels = {0: high + margin, height // 2: (low + high) / 2, height - 1: low - margin}
    return [_labelled(canvas.text(row), labels.get(row)) for row in range(height)]


def _scores(chart: Chart, x: Float64, width: int, height: int) -> list[Text]:
    top = max(LEAST_TOP, float(np.fmax.reduce(chart.scores, initial=0.0)) * 1.05)
    canvas = Canvas(width, height, 0.0, float(np.arcsinh(top)))
    canvas.plot(np.linspace(0, 1, 2 * width), np.full(2 * width, np.arcsinh(1.0)), THRESHOLD, 3)
    canvas.plot(x, np.arcsinh(chart.scores), SCORE)
    threshold = round((1 - float(np.arcsinh(1.0) / np.arcsinh(top))) * (height - 1))
    labels = {0: top, height - 1: 0.0} | {threshold: 1.0}
    return [_labelled(canvas.text(row), labels.get(row)) for row in range(height)]


def _labelled(line: Text, label: float | None) -> Text:
    text = "" if label is None else format_number(label, 3)
    return Text.assemble((f"{text:>{AXIS - 2}} ", "dim"), ("┤" if text else "│", "dim"), line)


def _episodes(chart: Chart, x: Float64, width: int) -> Text:
    """Draw a bar below the values for each episode."""
    cells: list[tuple[str, str]] = [(" ", "")] * width
    for first, last, severity in chart.episodes:
        start, end = (round(float(x[row]) * (width - 1)) for row in (first, last))
        for column in range(start, end + 1):
            cells[column] = ("▬", SEVERITIES[severity])
        for n, letter in enumerate(severity[: width - start]):
            if end - start > len(severity):
                cells[start + n] = (letter, SEVERITIES[severity])
    return Text.assemble(" " * AXIS, *cells)


def _times(times: Int64, width: int) -> Text:
    is_long = times[-1] - times[0] >= 2 * 86_400_000
    pattern = "%d %b" if is_long else "%H:%M"
    line, column = " " * AXIS, 0
    for at in np.linspace(0, 1, max(2, width // 16)):
        moment = datetime.fromtimestamp(float(times[0] + at * (times[-1] - times[0])) / 1000, UTC)
        text = f"{moment:{pattern}}"
        place = min(round(at * (width - 1)), width - len(text))
        line += " " * (place - column) + text
        column = place + len(text)
    first, last = (format_date_time(int(each)) for each in (times[0], times[-1]))
    return Text.assemble((line, "dim"), (f"\n{' ' * AXIS}{first} to {last} UTC", "dim"))
