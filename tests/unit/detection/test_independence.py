"""What the detector says of a key depends on nothing but that key's records, to the bit."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.detection.arrays import Float64, Int64
from stream.detection.forecast.recurrent import RecurrentForecaster
from stream.detection.novelty.expiry import MIN_RECORDS
from stream.detection.scoring.scorer import AnomalyScorer
from stream.detection.state.detector_state import DetectorState
from tests.unit.detection.streams import Echo, scored, streams, times_s

N_KEYS = 12
N_RECORDS = 90
WARMUP = 60
INTERVAL_S = 7200.0
"""So long that after 110 records weeks are known and far forecasts come due."""

MOST_BYTES = 4600
"""Most that may be remembered of a key."""

few_examples = settings(max_examples=4, deadline=None, derandomize=True, database=None)
seeds = st.integers(0, 2**31)


def aged(state: DetectorState, seed: int) -> None:
    """Make keys so old that some rotate soon, at records of their own."""
    slots = np.arange(N_KEYS)
    records = state.pack(slots)
    records["t"] += (MIN_RECORDS - np.random.default_rng(seed).integers(0, 2 * N_RECORDS, N_KEYS)).astype(np.uint32)
    records["rotation_s"] -= 1e6
    state.unpack(slots, records)


def in_pieces(detector: AnomalyScorer, timestamps_s: Float64, values: Float64, seed: int) -> Float64:
    """Score every record in batches of random size and order."""
    rng = np.random.default_rng(seed)
    found = np.empty(values.shape)
    for t in range(len(values)):
        cuts = np.sort(rng.integers(0, N_KEYS, rng.integers(0, 4)))
        for slots in np.split(rng.permutation(N_KEYS), cuts):
            found[t, slots] = detector.score(slots, timestamps_s[t, slots], values[t, slots]).score
    return found


def everything(state: DetectorState, slots: Int64) -> bytes:
    return state.pack(slots).tobytes()


@few_examples
@given(seed=seeds)
def test_a_key_does_not_notice_its_batch(seed: int) -> None:
    timestamps_s, values = times_s(2 * N_RECORDS, N_KEYS, INTERVAL_S), streams(2 * N_RECORDS, N_KEYS, seed)
    together, apart = (AnomalyScorer(RecurrentForecaster(Echo()), warmup=WARMUP, capacity=N_KEYS) for _ in range(2))
    for half in (slice(0, N_RECORDS), slice(N_RECORDS, None)):
        expected, _ = scored(together, np.arange(N_KEYS), timestamps_s[half], values[half])
        assert in_pieces(apart, timestamps_s[half], values[half], seed).tobytes() == expected.tobytes()
        assert everything(apart.state, np.arange(N_KEYS)) == everything(together.state, np.arange(N_KEYS))
        aged(together.state, seed)
        aged(apart.state, seed)


@few_examples
@given(seed=seeds)
def test_large_and_small_batches_agree(seed: int) -> None:
    n_keys = 300
    timestamps_s, values = times_s(70, n_keys, INTERVAL_S), streams(70, n_keys, seed)
    large, small = (AnomalyScorer(RecurrentForecaster(Echo()), warmup=WARMUP, capacity=n_keys) for _ in range(2))
    expected, _ = scored(large, np.arange(n_keys), timestamps_s, values)
    few = np.random.default_rng(seed).permutation(n_keys)[:7]
    assert scored(small, few, timestamps_s[:, few], values[:, few])[0].tobytes() == expected[:, few].tobytes()
    assert everything(small.state, few) == everything(large.state, few)


@few_examples
@given(seed=seeds)
def test_the_scores_of_the_first_part_do_not_know_the_rest(seed: int) -> None:
    timestamps_s, values = times_s(150, N_KEYS, INTERVAL_S), streams(150, N_KEYS, seed)
    whole, part = (AnomalyScorer(RecurrentForecaster(Echo()), warmup=WARMUP, capacity=N_KEYS) for _ in range(2))
    expected, _ = scored(whole, np.arange(N_KEYS), timestamps_s, values)
    found, _ = scored(part, np.arange(N_KEYS), timestamps_s[:130], values[:130])
    assert found.tobytes() == expected[:130].tobytes()


@few_examples
@given(seed=seeds)
def test_a_key_goes_on_from_its_packed_record_as_if_nothing_had_happened(seed: int) -> None:
    timestamps_s, values = times_s(150, N_KEYS, INTERVAL_S), streams(150, N_KEYS, seed)
    first, second = (AnomalyScorer(RecurrentForecaster(Echo()), warmup=WARMUP, capacity=2 * N_KEYS) for _ in range(2))
    slots, others = np.arange(N_KEYS), np.arange(N_KEYS)[::-1] + N_KEYS
    scored(first, slots, timestamps_s[:80], values[:80])
    second.state.unpack(others, first.state.pack(slots))
    expected, _ = scored(first, slots, timestamps_s[80:], values[80:])
    assert scored(second, others, timestamps_s[80:], values[80:])[0].tobytes() == expected.tobytes()
    assert everything(second.state, others) == everything(first.state, slots)


@few_examples
@given(seed=seeds, k=st.integers(-6, 13))
def test_the_unit_of_the_values_does_not_matter(seed: int, k: int) -> None:
    # At any k so large that the floors of 1e-9 do not matter, and below 1e17, where the gate cuts values off.
    timestamps_s, values = times_s(150, N_KEYS, INTERVAL_S), 1000 * streams(150, N_KEYS, seed)
    plain, scaled = (AnomalyScorer(RecurrentForecaster(Echo()), warmup=WARMUP, capacity=N_KEYS) for _ in range(2))
    scores, alarms = scored(plain, np.arange(N_KEYS), timestamps_s, values)
    scaled_scores, scaled_alarms = scored(scaled, np.arange(N_KEYS), timestamps_s, np.ldexp(values, k))
    np.testing.assert_array_equal(scaled_alarms, alarms)
    np.testing.assert_allclose(scaled_scores, scores, rtol=0, atol=5e-3)


def test_these_series_make_every_witness_speak() -> None:
    detector = AnomalyScorer(RecurrentForecaster(Echo()), warmup=WARMUP, capacity=N_KEYS)
    scored(detector, np.arange(N_KEYS), times_s(150, N_KEYS, INTERVAL_S), streams(150, N_KEYS, seed=0))
    with_season = detector.state.pack(np.arange(0, N_KEYS, 6))
    assert (with_season["moment_age"] > 20).all()
    assert (with_season["quiet_high"] > 0).all()
    assert (with_season["z"] > 0).any()


def test_the_state_of_a_key_never_grows() -> None:
    detector = AnomalyScorer(RecurrentForecaster(Echo()), warmup=WARMUP, capacity=N_KEYS)
    before = detector.state.pack(np.arange(N_KEYS)).nbytes
    scored(detector, np.arange(N_KEYS), times_s(200, N_KEYS, INTERVAL_S), streams(200, N_KEYS, seed=0))
    assert detector.state.pack(np.arange(N_KEYS)).nbytes == before <= N_KEYS * MOST_BYTES
