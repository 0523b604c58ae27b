"""Text on a terminal: no word is cut, no colour counted, nothing changed for programs."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st

from stream.terminal import fitted, wrap

SENTENCE = "the last 3 points were 52.7 below expectation on average; about 160 is usual at this hour"


def test_a_line_ends_between_words_and_the_next_is_indented() -> None:
    assert wrap("one two three", 8, indent=2) == "one two\n  three"


def test_columns_before_the_first_word_are_kept() -> None:
    assert wrap(f"{'':14}one   two", 80) == f"{'':14}one   two"


def test_a_word_that_is_longer_than_a_line_is_left_whole() -> None:
    assert wrap("see streamgauge-state-changelog now", 10) == "see\nstreamgauge-state-changelog\nnow"


def test_colours_take_no_column() -> None:
    assert wrap("\x1b[31mone\x1b[0m two", 7) == "\x1b[31mone\x1b[0m two"


@given(st.text(alphabet="ab \n", max_size=200), st.integers(10, 40), st.integers(0, 5))
def test_every_word_stays_whole_and_in_its_place(text: str, width: int, indent: int) -> None:
    assert wrap(text, width, indent).split() == text.split()


@given(st.lists(st.text(alphabet="abc", min_size=1, max_size=8), max_size=50))
def test_no_line_of_short_words_is_longer_than_the_terminal(words: list[str]) -> None:
    assert max(map(len, wrap(" ".join(words), 20, indent=4).splitlines()), default=0) <= 20


def test_what_no_terminal_reads_stays_on_one_line() -> None:
    assert fitted(SENTENCE * 3, io.StringIO()) == SENTENCE * 3
