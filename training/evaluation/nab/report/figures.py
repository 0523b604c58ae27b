"""The figure of a file: what the detector made of it, with NAB's windows and what each alarm is worth to NAB."""

from __future__ import annotations

from stream.plot.canvas import GREEN, GREY, LABELLED, LABELLED_EDGE, RED, to_moments
from stream.plot.chart import Chart, Marks, Shade, Span
from stream.plot.figure import draw_png
from training.evaluation.nab.backtest import ScoredFile
from training.evaluation.nab.corpus import File
from training.evaluation.nab.verdict import Verdict

PALE = "#dcdcdc"


def draw(file: File, evaluated: ScoredFile) -> bytes:
    """Draw a file as PNG."""
    return draw_png([chart(file, evaluated)])


def chart(file: File, evaluated: ScoredFile) -> Chart:
    """Chart a file: windows and probation shaded, alarms marked."""
    moments, verdict = to_moments(file.timestamps_ms), Verdict.of(file, evaluated)
    shades = [
        Shade(moments[first], moments[last], "labelled window", LABELLED, LABELLED_EDGE)
        for first, last in file.windows.tolist()
    ]
    if file.n_probation:
        shades.append(Shade(moments[0], moments[file.n_probation], "probation, nothing counts", PALE))
    return Chart(
        title="",
        moments=moments,
        values=file.values,
        expected=evaluated.expected,
        lower=evaluated.lower,
        upper=evaluated.upper,
        scores=evaluated.score,
        episodes=[
            Span(*episode)
            for episode in zip(evaluated.opened.tolist(), evaluated.closed.tolist(), evaluated.severities, strict=True)
        ],
        shades=shades,
        marks=[
            Marks(verdict.finding, "alarm that finds a window", GREEN, "v"),
            Marks(verdict.again, "further alarm in it", GREY, "v"),
            Marks(verdict.false, "false alarm", RED, "x"),
        ],
    )
