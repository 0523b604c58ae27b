"""Table of campaigns in docs/reliability.md, written from their results.

python -m tests.faults.report
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from tests.faults.result import Result, read

PAGE: Final = Path(__file__).parents[2] / "docs" / "reliability.md"
BEGIN: Final = "<!-- campaigns: written by python -m tests.faults.report -->"
END: Final = "<!-- end of campaigns -->"


CAMPAIGNS: Final = Path(__file__).with_name("campaigns.jsonl")
"""Results of the campaigns that the page reports; `--results` of a campaign adds to it."""


@click.command()
def main() -> None:
    """Write the results of campaigns into docs/reliability.md."""
    results = read(CAMPAIGNS)
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{render(results)}\n{END}{after}", encoding="utf-8")
    click.echo(f"{PAGE}: {len(results)} campaigns")


def render(results: Sequence[Result]) -> str:
    """Return the tables of what ran and what was inflicted."""
    kinds = [(n, [each for each in results if each.n_brokers == n]) for n in (1, 3)]
    rows = [_row(n, of_kind) for n, of_kind in kinds if of_kind]
    faults = sum((Counter(each.faults) for each in results), Counter[str]())
    return "\n".join(
        [
            "| brokers | campaigns | seeds | minutes of load | faults | messages | points scored | repeats, all alike "
            "| events compared | states compared | findings |",
            "| ---: " * 11 + "|",
            *rows,
            "",
            "| fault | times |",
            "| --- | ---: |",
            *(f"| {name} | {n} |" for name, n in sorted(faults.items())),
        ]
    )


def _row(n_brokers: int, results: Sequence[Result]) -> str:
    seeds = sorted(each.seed for each in results)
    cells = (
        n_brokers,
        len(results),
        f"{seeds[0]} to {seeds[-1]}" if len(seeds) > 1 else seeds[0],
        f"{sum(each.minutes for each in results):g}",
        sum(sum(each.faults.values()) for each in results),
        f"{sum(each.n_messages for each in results):,}",
        f"{sum(each.n_points for each in results):,}",
        f"{sum(each.n_repeats for each in results):,}",
        f"{sum(each.n_events for each in results):,}",
        f"{sum(each.n_states for each in results):,}",
        sum(len(each.findings) for each in results),
    )
    return "| " + " | ".join(map(str, cells)) + " |"


if __name__ == "__main__":
    main()
