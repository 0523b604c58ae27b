"""The report: what the run found, side by side first, then each series."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from stream.plot.page import contents, heading, page, paragraph, table
from training.book.chapter import Chapter
from training.book.episodes import Episodes
from training.book.plan import BookPlan
from training.book.record import THE_BOOK
from training.book.report.series_section import series_section
from training.book.report.summary import EVALUATED, WHOLE, evaluated_rows, whole_rows
from training.book.sweep import SERIES, SweepResult

TITLE = "The chapter: redrawing windows of a series with an LSTM"
NOJUMP = "art_daily_nojump"


def write_report(
    path: Path,
    plan: BookPlan,
    chapters: list[Chapter],
    evaluations: list[SweepResult],
    figures: dict[str, dict[str, Path]],
) -> None:
    """Write the HTML report.

    Parameters
    ----------
    path : Path
    plan : BookPlan
    chapters : list of Chapter
    evaluations : list of SweepResult
        Of the sweep; empty without nyc_taxi.
    figures : dict of str to dict of str to Path
        PNG files by series and by what they show.
    """
    names = [chapter.series.name for chapter in chapters]
    by_name = dict(zip(names, chapters, strict=True))
    parts = {
        "short": ("In short", _short(plan, chapters)),
        "headline": (
            "The chapter's headline, and what stride, batch and epochs do",
            _headline(plan, by_name, evaluations),
        ),
        "sides": ("Side by side: the chapter's model, the default detector, NAB", _sides(chapters)),
        "nojump": (f"{NOJUMP}: clean or not?", _nojump(plan, by_name)),
    }
    shown = {anchor: part for anchor, part in parts.items() if part[1]}
    entries = [(anchor, text) for anchor, (text, _) in shown.items()] + [(name, name) for name in names]
    sections = [contents(entries)]
    sections += [heading(2, text, anchor) + body for anchor, (text, body) in shown.items()]
    sections += [series_section(plan, chapter, figures[chapter.series.name]) for chapter in chapters]
    path.write_text(page(TITLE, sections), encoding="utf-8")


def _short(plan: BookPlan, chapters: list[Chapter]) -> str:
    return (
        paragraph(
            f"An LSTM learns to redraw windows of {plan.time_steps} points; a window that it redraws badly is called "
            f"an anomaly: one whose error is above the {plan.share:g} cut-off of all errors. The chapter fits and "
            "judges on the same points, so that about one window in a hundred is flagged whatever the series does, "
            "and nothing is said of points to come. The honest way beside it fits on the first part, takes the "
            "threshold from a second and judges the rest. The default detector is streamgauge's shipped model, which "
            "has seen none of these series."
        )
        + paragraph("The whole series, as the chapter judges it:")
        + table(WHOLE, whole_rows(chapters))
        + paragraph(
            f"The last {_rest(plan)} alone, which the honest way has not seen; the chapter's model has learned from it:"
        )
        + table(EVALUATED, evaluated_rows(chapters))
        + paragraph(
            "RMSE and threshold are in scaled units: 1 is the range of the whole series, in the honest way's column "
            "too. The last columns: how many of NAB's labelled windows are found, and how many episodes are false, "
            "that is, touch none. Flagged windows in a row are one episode. In the second table labels and episodes "
            "count that reach into the judged part."
        )
    )


def _rest(plan: BookPlan) -> str:
    return f"{1 - plan.fit_share - plan.calibration_share:.0%} of the points"


def _headline(plan: BookPlan, by_name: dict[str, Chapter], evaluations: list[SweepResult]) -> str:
    if SERIES not in by_name:
        return ""
    chapter = by_name[SERIES]
    window_results = chapter.window_results
    rows = [
        [
            "the chapter",
            str(THE_BOOK["n_windows"]),
            f"{THE_BOOK['rmse']:.3f}",
            f"{THE_BOOK['mae']:.3f}",
            f"{THE_BOOK['threshold']:.3f}",
        ],
        [
            "this run",
            str(len(window_results.errors)),
            f"{window_results.rmse:.3f}",
            f"{window_results.mae:.3f}",
            f"{chapter.sealed.threshold:.3f}",
        ],
    ]
    header = [SERIES, "windows", "RMSE", "mean absolute error", "threshold"]
    return (
        table(header, rows)
        + (_compare(evaluations) if plan.time_steps == THE_BOOK["time_steps"] else "")
        + _sweep_table(evaluations)
        + paragraph(
            "Every fit is judged on the windows that do not overlap, whatever it learned from. RMSE / threshold after "
            "so many epochs; a dash where a fit was not carried so far (without --series all are). More updates, by "
            "smaller batches or overlapping windows, do what more epochs do. The better the network copies, the "
            "smaller both become, and the less a window has to be usual to be redrawn well."
        )
    )


def _compare(evaluations: list[SweepResult]) -> str:
    """Hold the chapter's RMSE and threshold against each other, and against what fits of the sweep reach."""
    rmse, limit, n_steps = (THE_BOOK[name] for name in ("rmse", "threshold", "time_steps"))
    times = [look.threshold / look.rmse for look in evaluations]
    best = min(evaluations, key=lambda look: look.rmse)
    return paragraph(
        f"With the chapter's RMSE of {rmse:.3f} the root mean square of the errors of windows of {n_steps} points is "
        f"{rmse * n_steps**0.5:.2f} ({rmse:.3f} times the root of {n_steps}). Its threshold of {limit:.3f} is "
        f"{limit / rmse:.1f} times its RMSE; in the fits below it is {min(times):.1f} to {max(times):.1f} times. The "
        f"smallest RMSE below, {best.rmse:.3f}, comes from {best.n_epochs} epochs at stride {best.stride} in "
        f"batches of {best.n_batch}."
    )


def _sweep_table(evaluations: list[SweepResult]) -> str:
    epochs = sorted({look.n_epochs for look in evaluations})
    settings = list(dict.fromkeys((look.stride, look.n_batch) for look in evaluations))
    cells = {
        (look.stride, look.n_batch, look.n_epochs): f"{look.rmse:.3f} / {look.threshold:.3f}" for look in evaluations
    }
    per_epoch = {(look.stride, look.n_batch): look.n_updates // look.n_epochs for look in evaluations}
    header = ["stride", "batch", "updates an epoch", *(f"{n} epoch{'s' * (n > 1)}" for n in epochs)]
    rows = [
        [
            str(stride),
            str(batch),
            f"{per_epoch[stride, batch]:,}",
            *(cells.get((stride, batch, n), "-") for n in epochs),
        ]
        for stride, batch in settings
    ]
    return table(header, rows)


def _sides(chapters: list[Chapter]) -> str:
    rows = []
    for chapter in chapters:
        found = [
            [bool(at) for at in episodes.found] if len(episodes.found) else []
            for episodes in (chapter.episodes, chapter.default)
        ]
        rows.append(
            [chapter.series.name, chapter.episodes.summary(), chapter.default.summary(), _right(chapter, found)]
        )
    return table(["series", "the chapter's model", "the default detector", "right against NAB's labels"], rows)


def _right(chapter: Chapter, found: list[list[bool]]) -> str:
    """Describe which detector finds NAB's labels with fewer false alarms."""
    if not len(chapter.series.labels_ms):
        silent = [len(episodes.right) == 0 for episodes in (chapter.episodes, chapter.default)]
        return {(True, True): "both: silence", (True, False): "the chapter's model", (False, True): "the default"}.get(
            (silent[0], silent[1]), "neither: there is nothing to find"
        )
    words = []
    for number, (by_book, by_default) in enumerate(zip(*found, strict=True), start=1):
        start = np.datetime64(int(chapter.series.labels_ms[number - 1, 0]), "ms").astype("datetime64[D]")
        who = {(True, True): "both", (True, False): "only the chapter's", (False, True): "only the default"}
        words.append(f"{start}: {who.get((by_book, by_default), 'neither')}")
    return "; ".join([*words, _quiet(chapter)])


def _quiet(chapter: Chapter) -> str:
    by_book, by_default = chapter.episodes.n_false, chapter.default.n_false
    if by_book and by_default:
        return f"neither is quiet otherwise (the chapter's: {by_book} false, the default: {by_default})"
    if by_book:
        return f"only the default is quiet otherwise (the chapter's: {by_book} false)"
    if by_default:
        return f"only the chapter's is quiet otherwise (the default: {by_default} false)"
    return "both are quiet otherwise"


def _nojump(plan: BookPlan, by_name: dict[str, Chapter]) -> str:
    if NOJUMP not in by_name:
        return ""
    chapter = by_name[NOJUMP]
    flagged = np.count_nonzero(chapter.window_results.flagged)
    return paragraph(
        "The chapter shows this series as one without anomalies. NAB labels one: the load jumps up every day and on "
        "11 April 2014 it does not. No value of that day is unusual, only its time is, so that a model that judges "
        f"windows of {plan.time_steps} points by their shape has no reason to see it. In this run the chapter's model "
        f"flags {flagged} windows (about one in a hundred lies above the {plan.share:g} cut-off of any series that "
        f"does not repeat itself exactly) and {_finds(chapter.episodes)}; fitted honestly it "
        f"{_finds(chapter.honest.episodes)}; the default detector {_finds(chapter.default)}."
    )


def _finds(episodes: Episodes) -> str:
    found = "finds the missing jump" if episodes.found.all() else "does not find the missing jump"
    return f"{found}, with {episodes.n_false} false episode{'s' * (episodes.n_false != 1)}"
