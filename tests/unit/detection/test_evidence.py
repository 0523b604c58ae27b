"""The evidence: three witnesses, and the strongest is listened to."""

from __future__ import annotations

import numpy as np
import pytest

from stream.detection import evidence
from stream.detection.evidence import COMPANY, EVIDENCE, KNOWN_WEEK, listen
from stream.detection.judgement import Judgement
from stream.detection.moment import Moment
from stream.detection.record import Float32
from tests.unit.detection.by_hand import judged

FIFTH = np.float32(0.2)


def hear(
    record: Judgement,
    *,
    novelty: float = 0,
    moment: float = 0,
    quiet: float = 0,
    surprise: float = 1,
    trust: float = 1,
) -> float:
    """Hear three witnesses on one record and give its score; the five statistics have equal parts in its novelty."""
    record.novelty, record.parts[:] = novelty, FIFTH if novelty else 0
    listen(record, Moment(np.float32(moment), np.float32(surprise), np.float32(trust)), np.float32(quiet))
    return record.score


def shares(record: Judgement) -> Float32:
    """Give the part of each kind of evidence in the score of a record."""
    found: Float32 = evidence.shares(np.array([record]))[0]
    return found


@pytest.mark.parametrize("witness", ["moment", "quiet"])
def test_the_strongest_witness_has_the_whole_share(witness: str) -> None:
    record = judged()
    assert hear(record, novelty=1.0, **{witness: 3.0}) == 3
    assert dict(zip(EVIDENCE, shares(record), strict=True)) == {name: name == witness for name in EVIDENCE}


def test_the_shares_of_novelty_are_those_of_its_statistics() -> None:
    record = judged(week=False)
    assert hear(record, novelty=4.0, moment=1.0, quiet=1.0) == pytest.approx(4 * COMPANY)
    assert shares(record).tolist() == [FIFTH] * 5 + [0] * 2


def test_two_half_suspicions_are_none() -> None:
    assert hear(judged(), novelty=0.6, moment=0.6, quiet=0.6) < 1


def test_without_evidence_there_are_no_shares() -> None:
    record = judged()
    assert hear(record) == 0
    assert not shares(record).any()


def test_a_first_weekend_needs_thrice_the_novelty() -> None:
    known, new = (hear(judged(week=False, familiar=familiar), novelty=3.0) for familiar in (True, False))
    assert known == pytest.approx(3 * new)


def test_a_key_without_a_rhythm_has_no_weekends() -> None:
    known, new = (hear(judged(day=False, familiar=familiar), novelty=3.0) for familiar in (True, False))
    assert known == new


def test_where_weeks_are_known_novelty_counts_less() -> None:
    known, unknown = (hear(judged(week=week), novelty=3.0) for week in (True, False))
    assert known / unknown == pytest.approx(KNOWN_WEEK)


def test_what_was_expected_long_before_is_less_new() -> None:
    calm, new = (hear(judged(), novelty=3.0, surprise=surprise) for surprise in (0.5, 1))
    assert calm == pytest.approx(new / 2)


@pytest.mark.parametrize("witness", ["novelty", "moment", "quiet"])
def test_while_a_rhythm_is_new_every_witness_counts_less(witness: str) -> None:
    new, known = (hear(judged(), trust=trust, **{witness: 3.0}) for trust in (0.5, 1))
    assert new == pytest.approx(known / 2)


def test_without_a_rhythm_trust_is_no_matter() -> None:
    new, known = (hear(judged(week=False), novelty=3.0, trust=trust) for trust in (0.5, 1))
    assert new == known
