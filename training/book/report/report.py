"""The report: what the run found, side by side first, then each series."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from stream.events.text import format_count
from stream.plot.report import render
from training.book.chapter import Chapter
from training.book.episodes import Episodes
from training.book.plan import BookPlan
from training.book.record import THE_BOOK
from training.book.report.details import at, details
from training.book.report.summary import EVALUATED, WHOLE, evaluated_rows, whole_rows
from training.book.sweep import SERIES, SweepResult

TEMPLATE = Path(__file__).with_name("book.html")
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
    evaluations : list of SweepResult
        Of the sweep; empty without nyc_taxi.
    figures : dict of str to dict of str to Path
        PNG files by series and by what they show.
    """
    by_name = {chapter.series.name: chapter for chapter in chapters}
    html = render(
        TEMPLATE,
        title=TITLE,
        entries=_entries(by_name),
        plan=plan,
        book=THE_BOOK,
        whole=(WHOLE, whole_rows(chapters)),
        evaluated=(EVALUATED, evaluated_rows(chapters)),
        headline=_headline(by_name[SERIES]) if SERIES in by_name else None,
        ratios=[look.threshold / look.rmse for look in evaluations if plan.time_steps == THE_BOOK["time_steps"]],
        best=min(evaluations, key=lambda look: look.rmse, default=None),
        sweep=_sweep_table(evaluations),
        sides=_sides(chapters),
        nojump=by_name.get(NOJUMP),
        finds=_finds,
        chapters=chapters,
        drawn=figures,
        details_of=details,
        at=at,
    )
    path.write_text(html, encoding="utf-8")


def _entries(by_name: dict[str, Chapter]) -> list[tuple[str, str]]:
    parts = [
        ("short", "In short", True),
        ("headline", "The chapter's headline, and what stride, batch and epochs do", SERIES in by_name),
        ("sides", "Side by side: the chapter's model, the default detector, NAB", True),
        ("nojump", f"{NOJUMP}: clean or not?", NOJUMP in by_name),
    ]
    return [(anchor, text) for anchor, text, is_there in parts if is_there] + [(name, name) for name in by_name]


def _headline(chapter: Chapter) -> tuple[list[str], list[list[str]]]:
    results = chapter.window_results
    ours = {
        "n_windows": len(results.errors),
        "rmse": results.rmse,
        "mae": results.mae,
        "threshold": chapter.sealed.threshold,
    }
    rows = [
        [name, f"{of['n_windows']}", *(f"{of[figure]:.3f}" for figure in ("rmse", "mae", "threshold"))]
        for name, of in (("the chapter", THE_BOOK), ("this run", ours))
    ]
    return [SERIES, "windows", "RMSE", "mean absolute error", "threshold"], rows


def _sweep_table(evaluations: list[SweepResult]) -> tuple[list[str], list[list[str]]]:
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
    return header, rows


def _sides(chapters: list[Chapter]) -> list[list[str]]:
    return [
        [chapter.series.name, chapter.episodes.summary(), chapter.default.summary(), _right(chapter)]
        for chapter in chapters
    ]


def _right(chapter: Chapter) -> str:
    """Describe which detector finds NAB's labels with fewer false alarms."""
    if not len(chapter.series.labels_ms):
        silent = [len(episodes.right) == 0 for episodes in (chapter.episodes, chapter.default)]
        return {(True, True): "both: silence", (True, False): "the chapter's model", (False, True): "the default"}.get(
            (silent[0], silent[1]), "neither: there is nothing to find"
        )
    words = []
    found = [episodes.found.tolist() for episodes in (chapter.episodes, chapter.default)]
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


def _finds(episodes: Episodes) -> str:
    found = "finds the missing jump" if episodes.found.all() else "does not find the missing jump"
    return f"{found}, with {format_count(episodes.n_false, 'false episode')}"
