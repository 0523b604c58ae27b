"""Tables of the benchmarks: how figures are written, and where they stand in the docs."""

from __future__ import annotations

import json
import re

import pytest

from benchmarks.harness.load import Load
from benchmarks.harness.page import PAGES, markers, replaced
from benchmarks.harness.process import Measured
from benchmarks.harness.table import Table, medians, short
from benchmarks.peers.question import table

NAMES = [
    *("peers", "throughput", "series", "workers", "partitions", "new-series", "hot-series", "large-message"),
    *("memory", "start", "detector", "stages", "cost", "constants", "latency", "recovery"),
]
KNOWN = Table(["", "points/s"], [["worker", "1,000"], ["peer", "10.0"]], "Two passes.")


@pytest.mark.parametrize("name", NAMES)
def test_every_table_has_one_place_in_the_docs(name: str) -> None:
    pages = "".join(page.read_text(encoding="utf-8") for page in PAGES if page.name != "README.md")
    for marker in markers(name):
        assert pages.count(marker) == 1


def test_no_page_has_a_place_for_a_table_that_nothing_prints() -> None:
    found = {name for page in PAGES for name in re.findall(r"<!-- measured: (\S+) -->", page.read_text())}
    assert found == set(NAMES)


def test_a_table_replaces_the_one_before_and_names_the_machine() -> None:
    start, end = markers("peers")
    text = replaced(f"before\n{start}\nold\n{end}\nafter", "peers", KNOWN, "A machine")
    written = "|  | points/s |\n| --- | ---: |\n| worker | 1,000 |\n| peer | 10.0 |\n\nTwo passes. A machine."
    assert text == f"before\n{start}\n\n{written}\n\n{end}\nafter"
    assert replaced(text, "peers", KNOWN, "A machine") == text


def test_a_page_without_the_end_of_a_table_is_left_alone() -> None:
    with pytest.raises(LookupError, match="end of peers"):
        replaced(markers("peers")[0], "peers", KNOWN, "A machine")


@pytest.mark.parametrize(("value", "text"), [(1234.5, "1,234"), (99.94, "99.9"), (7.456, "7.46"), (0.0, "0.00")])
def test_figures_have_three_digits_or_so(value: float, text: str) -> None:
    assert short(value) == text


def test_medians_are_of_the_passes() -> None:
    passes = [Measured(1_000, seconds, cpu_seconds) for seconds, cpu_seconds in ((1, 0.3), (2, 0.1), (10, 0.2))]
    rate, cost = medians(passes)
    assert (rate, round(cost)) == (500, 200)


def test_what_was_over_before_the_first_look_is_called_too_short() -> None:
    measured = Measured(0, 0.1, 0.0)
    assert [short(measured.points_per_s), short(measured.cpu_us)] == ["too short", "too short"]


def test_a_peer_is_compared_by_the_clock_and_by_cpu() -> None:
    passes = {"slow": [Measured(10, 1.0, 0.5)], "absent": []}
    written = table([Measured(1_000, 1.0, 0.1)], passes, {"absent": "No module named 'absent'"}, "one pass.")
    assert written.rows[1] == ["slow", "10", "10.0", "50,000", "100", "500"]
    assert written.rows[2][:2] == ["absent", "not measured: No module named 'absent'"]


def test_a_load_takes_turns_among_its_series_and_goes_on_where_it_ended() -> None:
    load = Load(2, 3)
    first, second = list(load.messages(6)), list(load.messages(6, 1))
    assert [key for key, _ in first] == [b"host-0000000/requests", b"host-0000001/requests", b"host-0000002/requests"]
    times = [[at for at, _ in json.loads(sent[0].value)["points"]] for sent in (first, second)]
    assert times[0][-1] < times[1][0]
