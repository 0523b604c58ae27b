"""How a training run is done: every number that decides its result, in one frozen place."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from stream.errors import TrainingError


@dataclass(frozen=True, slots=True)
class Plan:
    """The numbers of a training run; the shipped model was made with these."""

    seeds: tuple[int, ...] = (1, 2, 3)
    """One model a seed: initial weights, and the noise on its targets. All learn from the same series."""
    n_updates: int = 7_168
    """Optimizer steps of each model; rounded up to whole rounds."""
    n_round_series: int = 48
    n_steps: int = 3_072
    n_unrolled: int = 192
    """A round is that many fresh series of that many records; gradients reach back `n_unrolled` records, the state is
    carried on. 48 x 3,072 and 192: detector specification, section 8."""
    n_skipped: int = 4_032
    """Records that half of the series have behind them before they are learned from: two weeks of five minutes."""
    n_block_series: int = 768
    """Series drawn at once by the generating process: below about 768 the detector's input code pays more for Python
    than for arithmetic."""
    n_unscored: int = 20
    """First records of a series that do not count in the loss: the key's scale is not settled yet."""
    learning_rate: float = 3e-3
    final_rate_share: float = 0.03
    gradient_norm: float = 1.0
    """Adam's rate falls along a cosine to that share of itself; gradients are clipped to that global norm."""
    target_noise: float = 0.003
    """Standard deviation added to targets, so that a flat line is not worth an infinite likelihood."""
    n_held_out_series: int = 480
    held_out_every: int = 64
    """Series that nobody learns from, and the number of rounds between two looks at them."""
    series_seed: int = 20_140_701
    held_out_seed: int = 20_150_131
    """Seeds of the series learned from and of the held-out ones."""
    checkpoint_interval_s: float = 30.0
    """Most seconds of work that kill -9 can cost, but for one round."""

    def __post_init__(self) -> None:
        """Refuse numbers that cannot be trained with."""
        if not self.seeds or len(set(self.seeds)) != len(self.seeds):
            raise TrainingError(f"expected one or more different seeds, found {list(self.seeds)}")
        if self.n_updates < 1:
            raise TrainingError(f"expected at least 1 update, found {self.n_updates}")
        if self.n_steps % self.n_unrolled or self.n_block_series % self.n_round_series:
            raise TrainingError(
                f"expected whole stretches and whole rounds, found {self.n_steps} steps by {self.n_unrolled} "
                f"and {self.n_block_series} series by {self.n_round_series}"
            )

    @property
    def n_round_updates(self) -> int:
        """Updates in a round."""
        return self.n_steps // self.n_unrolled

    @property
    def n_rounds(self) -> int:
        """Rounds in the run."""
        return -(-self.n_updates // self.n_round_updates)

    @property
    def n_block_rounds(self) -> int:
        """Rounds in a generated block."""
        return self.n_block_series // self.n_round_series

    def to_json(self) -> dict[str, object]:
        """Return every number by its name, as JSON holds it."""
        return {**asdict(self), "seeds": list(self.seeds)}
