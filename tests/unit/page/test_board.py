from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from stream.control.codec import encode, key_of
from stream.control.records import Mute
from stream.control.view import ControlView
from stream.errors import StateError
from stream.events.episodes import encode_episode
from stream.page.board import BLOCK, KEPT, Board
from stream.page.series_table import SeriesTable, matching
from stream.page.store import PackedBlock, PageStore
from tests.unit.formats.make import OPEN, SCORE, episode

MINUTE = 60_000
KEY = (SCORE.series, "")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[PageStore]:
    with PageStore(tmp_path / "page") as opened:
        yield opened


def fill(board: Board, n: int, first: int = 0, series: str = SCORE.series, score: float = 0.1) -> None:
    """Add points, one a minute."""
    for i in range(first, first + n):
        time_ms = SCORE.timestamp + i * MINUTE
        board.add_point(msgspec.structs.replace(SCORE, series=series, timestamp=time_ms, value=float(i), score=score))


def all_values(board: Board) -> list[float]:
    found: list[float] = board.points(KEY, 0, 1 << 60).values.tolist()
    return found


def test_points_are_whole_before_and_after_they_are_written_and_after_a_restart(tmp_path: Path) -> None:
    n = 2 * BLOCK + KEPT + 7
    with PageStore(tmp_path) as store:
        board = Board(store)
        fill(board, n)
        assert all_values(board) == list(range(n))
        board.write([("scores", 0, n)])
        assert all_values(board) == list(range(n))
    with PageStore(tmp_path) as store:
        board = Board(store)
        board.restore()
        assert store.positions("scores") == {0: n}
        fill(board, 5, first=n - 2)  # Two that had been read before.
        assert all_values(board) == list(range(n + 3))


def test_what_was_not_written_is_read_again_from_the_topic(tmp_path: Path) -> None:
    with PageStore(tmp_path) as store:
        board = Board(store)
        fill(board, 50)
        board.write([("scores", 0, 50)])
        fill(board, 500, first=50)
    with PageStore(tmp_path) as store:
        board = Board(store)
        board.restore()
        assert store.positions("scores") == {0: 50}
        fill(board, 500, first=50)
        assert all_values(board) == list(range(550))


def test_an_episode_is_there_after_a_restart(tmp_path: Path) -> None:
    with PageStore(tmp_path) as store:
        board = Board(store)
        board.add_event(encode_episode(OPEN), OPEN.start)
        board.add_event(encode_episode(episode(state="update", timestamp=OPEN.start + 1, why="worse", score=3.0)), 7)
        board.write([])
    with PageStore(tmp_path) as store:
        board = Board(store)
        board.restore()
        (found,) = board.episodes
        assert (found.phase, found.why, found.n_events) == ("open", "worse", 2)
        assert [row.state for row in board.series] == ["anomalous"]


def test_the_store_is_bounded_in_size_and_the_oldest_goes_first(store: PageStore) -> None:
    series = store.series_id("a", "")
    for first in range(100):
        store.write([PackedBlock(series, first, first, bytes(100_000))], [], [])
    store.prune(max_age_ms=86_400_000, max_bytes=2_000_000)
    assert store.n_bytes() <= 2_000_000


def test_the_store_is_bounded_in_age(store: PageStore) -> None:
    store.write([PackedBlock(store.series_id("a", ""), 0, 0, b"")], [], [])
    store.prune(max_age_ms=-1_000, max_bytes=1 << 40)
    store.forget_empty_series()
    assert store.all_series() == []


def test_a_store_has_one_page_and_its_folder_one_reader(tmp_path: Path) -> None:
    with PageStore(tmp_path / "page") as store:
        assert (tmp_path / "page").stat().st_mode & 0o077 == 0
        with pytest.raises(StateError, match="that no other page uses"):
            PageStore(store.path.parent)


def test_a_store_of_another_cluster_is_emptied(store: PageStore) -> None:
    assert not store.forget_unless_of("one")
    store.write([], [], [("scores", 0, 7)])
    assert not store.forget_unless_of("one")
    assert store.forget_unless_of("two")
    assert store.positions("scores") == {}


def test_the_worst_series_come_first_and_muted_ones_behind_those_that_may_page(store: PageStore) -> None:
    board = Board(store)
    for name, score in (
        ("calm", 0.1),
        ("near", 0.9),
        ("muted", 0.1),
        ("major", 0.1),
        ("critical", 0.1),
        ("silent", 0.1),
    ):
        fill(board, 3, series=name, score=score)
    for n, name in enumerate(("muted", "major", "critical")):
        severity = "critical" if name == "muted" else name
        board.add_event(encode_episode(episode(series=name, episode=f"{n:032x}", peak_severity=severity)), 0)
    board.show_control(control(Mute(id="m", match="muted", until=1 << 50, by="anna", at=0)))
    assert [row.key[0] for row in board.series.worst_first()] == [
        "critical",
        "major",
        "muted",
        "near",
        "calm",
        "silent",
    ]
    board.show_control(ControlView())
    assert [row.key[0] for row in board.series.worst_first()][:3] == ["critical", "muted", "major"]


def control(record: Mute) -> ControlView:
    """Return a view of one record."""
    view = ControlView()
    view.apply(key_of(record), encode(record))
    return view


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", 3),
        ("CPU", 2),
        ("cpu web-1", 1),
        ("host=web", 2),
        ('host="web-2"', 1),
        ("ost=web", 0),
        ("dc=eu cpu", 1),
        ("nothing", 0),
    ],
)
def test_a_search_finds_words_and_labels(store: PageStore, query: str, found: int) -> None:
    board = Board(store)
    for name in ('cpu{dc="eu-1",host="web-1"}', 'mem{host="web-2"}', "db-1/cpu"):
        fill(board, 1, series=name)
    assert len(matching(board.series.worst_first(), query, "")) == found
    assert len(matching(board.series.worst_first(), query, "normal")) == found
    assert matching(board.series.worst_first(), query, "silent") == []


def test_the_table_is_bounded_and_forgets_what_was_idle_longest(store: PageStore) -> None:
    board = Board(store, series=SeriesTable(max_series=3))
    for n, name in enumerate("abcd"):
        fill(board, 1, first=n, series=name)
    assert sorted(row.key[0] for row in board.series) == ["b", "c", "d"]
    assert board.series.n_forgotten == 1
