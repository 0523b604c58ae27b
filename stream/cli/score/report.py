"""Output of `streamgauge score`: table, sentence, or JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from stream.cli.watch.detail import SEVERITY_STYLES
from stream.events.text import display_name, format_count, format_number
from stream.formats.limits import to_iso, to_milliseconds
from stream.library.csv_file import CsvSeries
from stream.library.episodes import lasts
from stream.library.results import Backtest, Episode


class ScoreReport:
    """The results of a file.

    Parameters
    ----------
    name : str
        Of the file.
    warmup : int
        Points of a series before it can raise an alarm.
    """

    def __init__(self, name: str, read: CsvSeries, results: Sequence[Backtest], warmup: int) -> None:
        self._name, self._read, self._results, self._warmup = name, read, results, warmup
        self.episodes = sorted((each for result in results for each in result.episodes), key=lambda each: each.start)
        self._states = Counter[str]()
        for result in results:
            names, counts = np.unique(result.states, return_counts=True)
            self._states.update(dict(zip(names.tolist(), counts.tolist(), strict=True)))

    def show(self, console: Console) -> None:
        """Print the episodes as a table, and the summary."""
        if self.episodes:
            console.print(self._table())
            console.print()
        console.print(self.summary())

    def json_lines(self) -> Iterator[str]:
        """Yield a JSON object per episode, then a summary."""
        for episode in self.episodes:
            yield json.dumps(_episode_fields(episode))
        yield json.dumps({"type": "summary", **self._counts()})

    def summary(self) -> str:
        """Summarise what was scored and found."""
        severities = Counter(episode.severity for episode in self.episodes)
        of_each = ", ".join(f"{severities[name]} {name}" for name in ("critical", "major", "minor") if severities[name])
        found = f"{format_count(len(self.episodes), 'episode')}: {of_each}" if self.episodes else "no episode"
        counts = self._counts()
        series = f" of {counts['series']:,} series" if counts["series"] > 1 else ""
        text = f"{found}. Scored {counts['scored']:,} of {format_count(counts['points'], 'point')}{series}"
        notes = {
            "in warm-up": counts["warming"],
            "late or duplicate": counts["late"] + counts["duplicate"],
            "without a value": counts["missing"],
            "left out as no points": counts["bad"],
        }
        text += "".join(f"; {number:,} {note}" for note, number in notes.items() if number) + "."
        if counts["scored"] == 0:
            text += f" Nothing was scored: a series warms up for {self._warmup:,} points; --warmup sets fewer."
        return text

    def _counts(self) -> dict[str, Any]:
        states, times = self._states, [result.timestamps for result in self._results if len(result.timestamps)]
        ends = [
            int(end.astype("datetime64[ms]").astype(np.int64)) for end in (min(map(min, times)), max(map(max, times)))
        ]
        return {
            "file": self._name,
            "series": len(self._results),
            "points": sum(len(result.timestamps) for result in self._results),
            "first": to_iso(ends[0]),
            "last": to_iso(ends[1]),
            "episodes": len(self.episodes),
            "scored": states["normal"] + states["anomalous"] + states["suppressed"],
            "anomalous": states["anomalous"],
            "suppressed": states["suppressed"],
            "warming": states["warming"],
            "late": states["late"],
            "duplicate": states["duplicate"],
            "missing": self._read.n_missing,
            "bad": self._read.n_bad,
        }

    def _table(self) -> Table:
        several = len(self._results) > 1 or any(episode.feature for episode in self.episodes)
        table = Table(box=None, pad_edge=False)
        table.add_column("opened (UTC)", no_wrap=True)
        if several:
            table.add_column("series", overflow="fold", max_width=24)
        table.add_column("lasts", justify="right", no_wrap=True)
        table.add_column("score", justify="right", no_wrap=True)
        table.add_column("severity", no_wrap=True)
        table.add_column("why", overflow="fold")
        for episode in self.episodes:
            style = SEVERITY_STYLES[episode.severity]
            cells = [Text(f"{episode.start:%Y-%m-%d %H:%M}")]
            if several:
                cells.append(Text(display_name(episode.series, episode.feature)))
            cells += [Text(lasts(episode)), Text(format_number(episode.peak_score, 3), style)]
            cells += [Text(episode.severity, style), Text(episode.why)]
            table.add_row(*cells)
        return table


def _episode_fields(episode: Episode) -> dict[str, object]:
    return {
        "type": "episode",
        "episode": episode.id,
        "series": episode.series,
        **({} if episode.feature is None else {"feature": episode.feature}),
        "start": _iso(episode.start),
        "end": None if episode.end is None else _iso(episode.end),
        "peak_score": episode.peak_score,
        "severity": episode.severity,
        "direction": episode.direction,
        "why": episode.why,
        "events": len(episode.changes),
    }


def _iso(moment: datetime) -> str:
    return to_iso(to_milliseconds(moment))
