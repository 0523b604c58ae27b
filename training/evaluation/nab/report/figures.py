"""The figure of a file: what the detector made of it, with NAB's windows and what each alarm is worth to NAB."""

from __future__ import annotations

from stream.plot.chart import LABELLED, LABELLED_EDGE, Chart, Marks, Shade, Span
from stream.plot.figure import draw_png
from training.evaluation.nab.backtest import Judged
from training.evaluation.nab.corpus import File
from training.evaluation.nab.verdict import Verdict

GREEN, RED, GREY, PALE = "#2e8b45", "#c62828", "#8a8a8a", "#dcdcdc"


def draw(file: File, judged: Judged) -> bytes:
    """Draw a file as PNG."""
    return draw_png([chart(file, judged)])


def chart(file: File, judged: Judged) -> Chart:
    """Chart a file: windows and probation shaded, alarms marked."""
    moments, verdict = file.timestamps_ms.astype("datetime64[ms]"), Verdict.of(file, judged)
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
        expected=judged.expected,
        lower=judged.lower,
        upper=judged.upper,
        scores=judged.score,
        episodes=[
            Span(*episode)
            for episode in zip(judged.opened.tolist(), judged.closed.tolist(), judged.severities, strict=True)
        ],
        shades=shades,
        marks=[
            Marks(verdict.finding, "alarm that finds a window", GREEN, "v"),
            Marks(verdict.again, "further alarm in it", GREY, "v"),
            Marks(verdict.false, "false alarm", RED, "x"),
        ],
    )
