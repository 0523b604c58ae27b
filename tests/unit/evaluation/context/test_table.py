"""The table of the contextual suite: plain in a terminal, with its sum in bold on a page."""

from __future__ import annotations

from io import StringIO

from rich.console import Console

from training.evaluation.context.tally import AGES, ContextTally, markdown, terminal

MODEL = ContextTally({"early": 3}, {"early": 4}, dict.fromkeys(AGES, 2), dict.fromkeys(AGES, 10_000))
LAST_VALUE = ContextTally({"early": 1}, {"early": 4}, dict.fromkeys(AGES, 5), dict.fromkeys(AGES, 10_000))


def test_a_terminal_shows_the_sum_without_marks() -> None:
    drawn = StringIO()
    Console(file=drawn, width=100).print(terminal(MODEL, LAST_VALUE))
    (line,) = (line for line in drawn.getvalue().splitlines() if "all faults" in line)
    assert line.split() == ["all", "faults", "4", "75.0", "%", "25.0", "%"]


def test_a_page_has_the_sum_in_bold_and_false_alarms_by_age() -> None:
    lines = markdown(MODEL, LAST_VALUE).splitlines()
    assert lines[2:4] == ["| early | 4 | 75 % | 25 % |", "| **all faults** | 4 | 75.0 % | 25.0 % |"]
    assert lines[-1] == "| false alarms per 10,000 clean points, all |  | 2.00 | 5.00 |"
