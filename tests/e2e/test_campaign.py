"""Two minutes of the fault campaign: everything at once, and the four checkers at the end."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.kafka_container import KafkaContainer
from tests.faults.run import Options, run_on_one

SEED, MINUTES, RATE = 3610, 1.45, 300.0
"""A plan of thirteen different faults within the minutes of load; start, end and comparison come on top."""


def test_random_faults_lose_nothing_double_nothing_and_change_no_score_and_no_state(
    kafka: KafkaContainer, tmp_path: Path
) -> None:
    timeline: list[str] = []
    result = run_on_one(kafka, SEED, Options(MINUTES, RATE, tmp_path, timeline.append))
    assert result.findings == [], "\n".join(timeline)
    assert result.faults
    assert result.n_events > 20
    assert result.n_left < result.n_changelog, "nothing was compacted"
