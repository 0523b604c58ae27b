"""Which control records may be removed from the topic."""

from __future__ import annotations

import pytest

from stream.control.records import (
    ACK_KEPT_MS,
    MUTE_KEPT_MS,
    Ack,
    ControlRecord,
    ControlRule,
    Learn,
    Mute,
    Verdict,
    expired,
    is_expired,
)

EPISODE = "0123456789abcdef0123456789abcdef"
SENT, UNTIL = 1_000, 5_000
MUTE = Mute(by="ann", at=SENT, id="m1", match="*", until=UNTIL)
ACK = Ack(by="ann", at=SENT, episode=EPISODE, series="a")
LASTING: list[ControlRecord] = [
    ControlRule(by="ann", at=SENT, name="r1", rule={"match": "*"}),
    Verdict(by="ann", at=SENT, episode=EPISODE, series="a", verdict="false", start=0, end=1, direction="above"),
    Learn(by="ann", at=SENT, series="a", from_ms=SENT),
]


@pytest.mark.parametrize(("record", "last_ms"), [(MUTE, UNTIL + MUTE_KEPT_MS), (ACK, SENT + ACK_KEPT_MS)])
def test_a_mute_expires_a_week_after_its_end_and_an_acknowledgement_ninety_days_after_it_was_sent(
    record: ControlRecord, last_ms: int
) -> None:
    assert not is_expired(record, last_ms - 1)
    assert is_expired(record, last_ms)


def test_rules_verdicts_and_learn_marks_never_expire() -> None:
    assert expired([*LASTING, MUTE, ACK], 1 << 60) == [MUTE, ACK]
