"""Store of the page: points and episodes in SQLite, bounded in age and size."""

from __future__ import annotations

import fcntl
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final, NamedTuple, Self

from stream.errors import StateError
from stream.page.points import PointColumns

FILE: Final = "page.sqlite"
LOCK: Final = "page.lock"
"""File that the page which writes holds locked."""

VERSION: Final = 2
BUSY_MS: Final = 10_000
PRUNED_AT_ONCE: Final = 2_000
"""Rows that one statement deletes, so that readers never wait long."""

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS series (id INTEGER PRIMARY KEY, name TEXT NOT NULL, feature TEXT NOT NULL,
  UNIQUE (name, feature));
CREATE TABLE IF NOT EXISTS blocks (series INTEGER NOT NULL, first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL,
  written_ms INTEGER NOT NULL, points BLOB NOT NULL, PRIMARY KEY (series, first_ms));
CREATE INDEX IF NOT EXISTS blocks_by_age ON blocks (written_ms);
CREATE TABLE IF NOT EXISTS episodes (id TEXT PRIMARY KEY, series TEXT NOT NULL, start_ms INTEGER NOT NULL,
  last_ms INTEGER NOT NULL, written_ms INTEGER NOT NULL, summary BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS episodes_by_series ON episodes (series, start_ms);
CREATE TABLE IF NOT EXISTS positions (topic TEXT NOT NULL, partition INTEGER NOT NULL, offset INTEGER NOT NULL,
  PRIMARY KEY (topic, partition));
CREATE TABLE IF NOT EXISTS origin (cluster TEXT NOT NULL);
"""


class PackedBlock(NamedTuple):
    """Points of a series as they are stored."""

    series: int
    first_ms: int
    last_ms: int
    points: bytes


class StoredEpisode(NamedTuple):
    """An episode as it is stored."""

    id: str
    series: str
    start_ms: int
    last_ms: int
    summary: bytes


class PageStore:
    """Points, episodes and positions in the topics, in one file.

    Written by one thread; `reader` opens a connection for another.

    Parameters
    ----------
    folder : Path
        Created if it is missing, for its owner alone.

    Raises
    ------
    StateError
        If the file is of another version, damaged, or used by another page.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path = folder / FILE
        self._lock = (folder / LOCK).open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._connection = self._open()
        except (sqlite3.Error, BlockingIOError) as error:
            raise StateError(
                f"{self.path}: expected a store of this version that no other page uses, found: {error}; choose "
                "another folder with --page-data, or delete this one"
            ) from error

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=BUSY_MS / 1000, check_same_thread=False)
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version not in (0, VERSION):
            raise sqlite3.DatabaseError(f"version {version}")
        if version == 0:
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
            connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.executescript(_TABLES)
        return connection

    def __enter__(self) -> Self:
        """Return the store itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._connection.close()
        self._lock.close()

    def series_id(self, name: str, feature: str) -> int:
        """Return the number of a series; a new one gets the next."""
        self._connection.execute("INSERT OR IGNORE INTO series (name, feature) VALUES (?, ?)", (name, feature))
        found = self._connection.execute("SELECT id FROM series WHERE name = ? AND feature = ?", (name, feature))
        return int(found.fetchone()[0])

    def write(
        self,
        blocks: Iterable[PackedBlock],
        episodes: Iterable[StoredEpisode],
        positions: Iterable[tuple[str, int, int]],
    ) -> None:
        """Write what changed, with the positions read so far, at once."""
        now_ms = time.time_ns() // 1_000_000
        with self._connection:
            self._connection.executemany(
                "INSERT OR REPLACE INTO blocks VALUES (?, ?, ?, ?, ?)",
                ((block.series, block.first_ms, block.last_ms, now_ms, block.points) for block in blocks),
            )
            self._connection.executemany(
                "INSERT OR REPLACE INTO episodes VALUES (?, ?, ?, ?, ?, ?)",
                ((each.id, each.series, each.start_ms, each.last_ms, now_ms, each.summary) for each in episodes),
            )
            self._connection.executemany("INSERT OR REPLACE INTO positions VALUES (?, ?, ?)", positions)

    def positions(self, topic: str) -> dict[int, int]:
        """Return the next offset of each partition of a topic."""
        found = self._connection.execute("SELECT partition, offset FROM positions WHERE topic = ?", (topic,))
        return dict(found.fetchall())

    def forget_unless_of(self, cluster: str) -> bool:
        """Empty the store if it was filled from another cluster."""
        row = self._connection.execute("SELECT cluster FROM origin").fetchone()
        if row is not None and row[0] == cluster:
            return False
        with self._connection:
            for table in ("blocks", "episodes", "positions", "series", "origin"):
                self._connection.execute(f"DELETE FROM {table}")
            self._connection.execute("INSERT INTO origin VALUES (?)", (cluster,))
        return row is not None

    def all_series(self) -> list[tuple[int, str, str]]:
        """Return number, name and feature of every series."""
        return self._connection.execute("SELECT id, name, feature FROM series ORDER BY id").fetchall()

    def newest_blocks(self) -> Iterator[tuple[int, PointColumns]]:
        """Yield the newest block of each series."""
        rows = self._connection.execute(
            "SELECT series, points FROM blocks WHERE (series, first_ms) IN "
            "(SELECT series, max(first_ms) FROM blocks GROUP BY series)"
        )
        for series, packed in rows:
            yield series, PointColumns.unpack(packed)

    def episodes(self) -> Iterator[bytes]:
        """Yield every episode's summary, the oldest first."""
        for (summary,) in self._connection.execute("SELECT summary FROM episodes ORDER BY start_ms"):
            yield summary

    def prune(self, max_age_ms: int, max_bytes: int) -> None:
        """Delete what is too old, then the oldest while the file is too large."""
        oldest_ms = time.time_ns() // 1_000_000 - max_age_ms
        while self._delete("written_ms < ?", oldest_ms):
            pass
        while self.n_bytes() > max_bytes and self._delete("1 OR ?", 0):
            pass
        with self._connection:
            self._connection.execute("DELETE FROM episodes WHERE written_ms < ?", (oldest_ms,))

    def forget_empty_series(self) -> None:
        """Delete the names of series of which nothing is left."""
        with self._connection:
            self._connection.execute(
                "DELETE FROM series WHERE NOT EXISTS (SELECT 1 FROM blocks WHERE blocks.series = series.id) "
                "AND NOT EXISTS (SELECT 1 FROM episodes WHERE episodes.series = series.name)"
            )

    def n_bytes(self) -> int:
        """Return the size of what is stored."""
        pages, free, size = (
            self._connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "freelist_count", "page_size")
        )
        return int((pages - free) * size)

    def _delete(self, condition: str, value: int) -> int:
        with self._connection:
            oldest = f"SELECT rowid FROM blocks WHERE {condition} ORDER BY written_ms LIMIT {PRUNED_AT_ONCE}"
            n_deleted = self._connection.execute(f"DELETE FROM blocks WHERE rowid IN ({oldest})", (value,)).rowcount
        self._connection.execute("PRAGMA incremental_vacuum").fetchall()
        return n_deleted

    def read(self, series: int, start_ms: int, end_ms: int) -> list[PointColumns]:
        """Read the stored points of a series, from any thread.

        Blocks that reach into the range come whole.
        """
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=BUSY_MS / 1000)) as connection:
            rows = connection.execute(
                "SELECT points FROM blocks WHERE series = ? AND last_ms >= ? AND first_ms <= ? ORDER BY first_ms",
                (series, start_ms, end_ms),
            ).fetchall()
        return [PointColumns.unpack(packed) for (packed,) in rows]
