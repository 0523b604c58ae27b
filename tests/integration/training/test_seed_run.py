"""A network learns from what is sound, and only from that."""

from __future__ import annotations

import numpy as np
import pytest

from tests.integration.training.tiny import TINY
from training.loop.learner import start_state
from training.loop.seed_run import SeedRun, stretches
from training.synthetic.examples import Examples


@pytest.fixture
def examples() -> Examples:
    return Examples.draw(np.random.default_rng(0), TINY.n_round_series, TINY.n_steps)


def learn(seed_run: SeedRun, examples: Examples) -> None:
    """Make one update on the first stretch."""
    cut, scored = stretches(TINY)[0]
    state = start_state(len(examples.targets))
    seed_run.update(examples.inputs[:, cut], examples.targets[:, cut], scored, state)


def test_an_update_changes_every_weight(examples: Examples) -> None:
    seed_run = SeedRun(TINY, seed=1)
    before = [weight.numpy().copy() for weight in seed_run.network.weights]
    learn(seed_run, examples)
    for old, new in zip(before, seed_run.network.weights, strict=True):
        assert not np.array_equal(old, new)


def test_a_gradient_that_is_not_finite_changes_no_weight_and_is_counted(examples: Examples) -> None:
    seed_run = SeedRun(TINY, seed=1)
    before = [weight.numpy().copy() for weight in seed_run.network.weights]
    learn(seed_run, Examples(examples.inputs, np.full_like(examples.targets, np.nan)))
    for old, new in zip(before, seed_run.network.weights, strict=True):
        np.testing.assert_array_equal(old, new)
    assert seed_run.n_skipped == 1


def test_seeds_see_different_noise_on_the_same_targets(examples: Examples) -> None:
    cut, scored = stretches(TINY)[1]
    losses = []
    for seed in (1, 2):
        seed_run = SeedRun(TINY, seed)
        for weight in seed_run.network.weights:
            weight.assign(np.zeros(weight.shape))
        state = start_state(len(examples.targets))
        losses.append(float(seed_run.update(examples.inputs[:, cut], examples.targets[:, cut], scored, state)[0]))
    assert losses[0] != losses[1]
    assert losses[0] == pytest.approx(losses[1], abs=0.01)


def test_the_first_records_of_a_series_are_not_scored(examples: Examples) -> None:
    seed_run = SeedRun(TINY, seed=1)
    spoilt = examples.targets.copy()
    spoilt[:, : TINY.n_unscored] = 9.0
    assert seed_run.evaluate(Examples(examples.inputs, spoilt)) == seed_run.evaluate(examples)


def test_stretches_cover_a_series_once() -> None:
    covered = np.concatenate([np.arange(TINY.n_steps)[cut] for cut, _ in stretches(TINY)])
    np.testing.assert_array_equal(covered, np.arange(TINY.n_steps))
    assert sum(scored.sum() for _, scored in stretches(TINY)) == TINY.n_steps - TINY.n_unscored
