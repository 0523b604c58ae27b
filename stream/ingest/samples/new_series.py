"""A limit of new series a minute: an explosion of labels must not push out the series that are watched."""

from __future__ import annotations

WINDOW_S = 60.0
FORGET_AFTER_S = 3600.0
"""A series without a point for this long, or twice as long, counts as new again."""


class NewSeriesLimit:
    """Admits all series that are known, and so many new ones a minute.

    Parameters
    ----------
    now_s : float
        Of a clock that never goes back, as in `admits`.

    Attributes
    ----------
    n_refused : int
        Samples of series that were not admitted.
    """

    def __init__(self, per_minute: int, now_s: float) -> None:
        self._per_minute = per_minute
        self._window_start_s = self._generation_start_s = now_s
        self._n_new = 0
        self._known: set[str] = set()
        self._known_before: set[str] = set()
        self.n_refused = 0

    def admits(self, series: str, now_s: float) -> bool:
        """Return whether a sample of a series may pass, and count it if not."""
        if series in self._known:
            return True
        self._turn(now_s)
        if series not in self._known_before:
            if self._n_new >= self._per_minute:
                self.n_refused += 1
                return False
            self._n_new += 1
        self._known.add(series)
        return True

    def _turn(self, now_s: float) -> None:
        if now_s - self._window_start_s >= WINDOW_S:
            self._window_start_s, self._n_new = now_s, 0
        if now_s - self._generation_start_s >= FORGET_AFTER_S:
            self._generation_start_s = now_s
            self._known, self._known_before = set(), self._known
