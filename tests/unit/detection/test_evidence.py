"""The evidence: three witnesses, and the strongest is listened to."""

from __future__ import annotations

import numpy as np
import pytest

from stream.detection.described import Described
from stream.detection.evidence import COMPANY, EVIDENCE, KNOWN_WEEK, Evidence, listen
from stream.detection.moment import Moment
from stream.detection.novelty import Novelty
from tests.unit.detection.described import ALWAYS, described

ONE = np.ones(1, np.float32)
FIFTHS = np.full((5, 1), 0.2, np.float32)


def hear(
    record: Described,
    *,
    novelty: float = 0,
    moment: float = 0,
    quiet: float = 0,
    surprise: float = 1,
    trust: float = 1,
) -> Evidence:
    """Hear three witnesses on one record; the five statistics have equal parts in its novelty."""
    new = Novelty(FIFTHS, FIFTHS if novelty else 0 * FIFTHS, np.array([novelty]))
    return listen(new, Moment(moment * ONE, surprise * ONE, trust * ONE), quiet * ONE, record)


@pytest.mark.parametrize("witness", ["moment", "quiet"])
def test_the_strongest_witness_has_the_whole_share(witness: str) -> None:
    record = described()
    evidence = hear(record, novelty=1.0, **{witness: 3.0})
    assert evidence.score[0] == 3
    assert dict(zip(EVIDENCE, evidence.shares(ALWAYS)[0], strict=True)) == {name: name == witness for name in EVIDENCE}


def test_the_shares_of_novelty_are_those_of_its_statistics() -> None:
    evidence = hear(described(week=False), novelty=4.0, moment=1.0, quiet=1.0)
    assert evidence.score[0] == pytest.approx(4 * COMPANY)
    np.testing.assert_array_equal(evidence.shares(ALWAYS)[0, :5], FIFTHS[:, 0])


def test_two_half_suspicions_are_none() -> None:
    assert hear(described(), novelty=0.6, moment=0.6, quiet=0.6).score[0] < 1


def test_without_evidence_there_are_no_shares() -> None:
    evidence = hear(described())
    assert evidence.score[0] == 0
    assert not evidence.shares(ALWAYS).any()


def test_a_first_weekend_needs_thrice_the_novelty() -> None:
    known, new = (hear(described(week=False, familiar=familiar), novelty=3.0).score[0] for familiar in (True, False))
    assert known == pytest.approx(3 * new)


def test_a_key_without_a_rhythm_has_no_weekends() -> None:
    known, new = (hear(described(day=False, familiar=familiar), novelty=3.0).score[0] for familiar in (True, False))
    assert known == new


def test_where_weeks_are_known_novelty_counts_less() -> None:
    known, unknown = (hear(described(week=week), novelty=3.0).score[0] for week in (True, False))
    assert known / unknown == pytest.approx(KNOWN_WEEK)


def test_what_was_expected_long_before_is_less_new() -> None:
    calm, new = (hear(described(), novelty=3.0, surprise=surprise).score[0] for surprise in (0.5, 1))
    assert calm == pytest.approx(new / 2)


@pytest.mark.parametrize("witness", ["novelty", "moment", "quiet"])
def test_while_a_rhythm_is_new_every_witness_counts_less(witness: str) -> None:
    new, known = (hear(described(), trust=trust, **{witness: 3.0}).score[0] for trust in (0.5, 1))
    assert new == pytest.approx(known / 2)


def test_without_a_rhythm_trust_is_no_matter() -> None:
    new, known = (hear(described(week=False), novelty=3.0, trust=trust).score[0] for trust in (0.5, 1))
    assert new == known
