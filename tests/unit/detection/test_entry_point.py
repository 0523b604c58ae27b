"""Python calls machine code with arrays, numbers and named tuples, and is told when that cannot be."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from stream.detection.arrays import Float64, Int64, Records
from stream.detection.compiler import code_file, code_folder, object_code
from stream.detection.compiler.entry_point import entry_point

LAYOUT = np.dtype([("weight", "f4"), ("n", "i8")])


class Terms(NamedTuple):
    """Numbers and an array that are passed together."""

    factor: float
    offsets: Int64
    is_doubled: bool


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let code be cached where no other test finds it."""
    monkeypatch.setattr(code_file, "code_folder", lambda: tmp_path)
    return tmp_path


def fill(records: Records, table: Float64, terms: Terms, start: int) -> int:
    """Write the product of all that is given; count the rows."""
    for row in range(table.shape[0]):
        factor = terms.factor * 2 if terms.is_doubled else terms.factor
        for column in range(table.shape[1]):
            table[row, column] = records[row].weight * factor + terms.offsets[column]
        records[row].n = start + row
    return len(table)


def arguments(*, is_doubled: bool = False, layout: np.dtype[np.void] = LAYOUT) -> tuple[Records, Float64, Terms, int]:
    """Make arguments for three rows and two columns."""
    records = np.zeros(3, layout)
    records["weight"] = [1, 2, 3]
    return records, np.zeros((3, 2)), Terms(0.5, np.array([10, 20]), is_doubled), 7


def test_code_is_given_arrays_of_any_shape_numbers_and_tuples() -> None:
    records, table, terms, start = arguments()
    assert entry_point(fill)(records, table, terms, start) == 3
    assert table.tolist() == [[10.5, 20.5], [11.0, 21.0], [11.5, 21.5]]
    assert records["n"].tolist() == [7, 8, 9]


def test_code_is_given_a_truth_value() -> None:
    records, table, terms, start = arguments(is_doubled=True)
    entry_point(fill)(records, table, terms, start)
    assert table[:, 0].tolist() == [11.0, 12.0, 13.0]


def test_an_index_beyond_the_end_is_an_error_and_the_next_call_is_not_touched() -> None:
    filled = entry_point(fill)
    records, table, terms, start = arguments()
    with pytest.raises(IndexError, match="fill: an index is out of bounds"):
        filled(records[:2], table, terms, start)
    assert filled(records, table, terms, start) == 3


def test_an_equal_layout_that_is_another_object_uses_the_same_code(folder: Path) -> None:
    filled = entry_point(fill)
    filled(*arguments())
    records, table, terms, start = arguments(layout=np.dtype(LAYOUT.descr))
    assert filled(records, table, terms, start) == 3
    assert records["n"].tolist() == [7, 8, 9]
    assert len(list(folder.iterdir())) == 1


def test_arguments_of_another_type_get_code_of_their_own(folder: Path) -> None:
    filled = entry_point(fill)
    filled(*arguments())
    records, table, terms, _ = arguments()
    other: Any = table.astype(np.float32)
    filled(records, other, terms, 7)
    assert other.tolist() == [[10.5, 20.5], [11.0, 21.0], [11.5, 21.5]]
    assert len(list(folder.iterdir())) == 2


STRANGE: list[tuple[object, str]] = [
    (np.zeros((2, 3)).T, "C-contiguous"),
    ([[0.0, 0.0]] * 3, "found list"),
    (np.float64(1), "found float64"),
]
"""Tables that no machine code can be given, and what is said of each."""


@pytest.mark.parametrize(("table", "said"), STRANGE)
def test_what_cannot_be_passed_is_named(table: Float64, said: str) -> None:
    filled = entry_point(fill)
    records, usual, terms, start = arguments()
    filled(records, usual, terms, start)
    with pytest.raises(TypeError, match=f"fill: expected .*{said}"):
        filled(records, table, terms, start)


def test_cached_code_is_used_in_place_of_compiling(monkeypatch: pytest.MonkeyPatch) -> None:
    entry_point(fill)(*arguments())
    monkeypatch.delattr(object_code, "compile_entry")
    assert entry_point(fill)(*arguments()) == 3


def test_cached_code_that_is_not_whole_is_made_anew(folder: Path) -> None:
    entry_point(fill)(*arguments())
    (path,) = folder.iterdir()
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    assert entry_point(fill)(*arguments()) == 3
    assert path.read_bytes() != whole[:-1]


def test_a_folder_that_has_vanished_is_no_obstacle(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(code_file, "code_folder", lambda: tmp_path / "gone")
    assert entry_point(fill)(*arguments()) == 3


def test_the_image_s_code_can_be_read_by_another_user(folder: Path) -> None:
    entry_point(fill)(*arguments())
    (path,) = folder.iterdir()
    assert path.stat().st_mode & 0o777 == 0o644


def test_the_code_is_another_for_another_processor(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    entry_point(fill)(*arguments())
    monkeypatch.setenv("NUMBA_CPU_NAME", "generic")
    code_file.compiler_facts.cache_clear()
    entry_point(fill)(*arguments())
    monkeypatch.undo()
    code_file.compiler_facts.cache_clear()
    assert len(list(folder.iterdir())) == 2
    assert code_folder.is_trusted(folder)
