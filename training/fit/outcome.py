"""The outcome of a fit: the comparison, where the models disagree most, the advice, and the report on all of it."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from pathlib import Path

from stream.model import Bundle
from training.files import write_whole
from training.fit.comparison.comparison import Comparison, compare, recommend
from training.fit.comparison.holdout import Difference, HoldoutResult, largest
from training.fit.data.audit import Audit
from training.fit.data.data import Data
from training.fit.fitting import Fitting, Progress
from training.fit.output_paths import OutputPaths
from training.fit.plan import FitPlan, Split
from training.fit.report.page import disagreements, losses, page
from training.loop.record import versions

N_NAMED = 50
"""Series that are named; the record travels inside the bundle."""


def fit_record(plan: FitPlan, data: Data, splits: list[Split], fitting: Fitting, shipped: Bundle) -> dict[str, object]:
    """Return a finished fit as plain JSON.

    Losses are mean negative log likelihoods in nats a point; epoch 0 is the start.
    """
    progress = fitting.progress
    start, best = progress.losses[0][1], progress.losses[progress.best_epoch][1]
    return {
        "data": data_record(data, splits),
        "start": "from scratch" if plan.from_scratch else {"name": shipped.name, "sha256": shipped.sha256},
        "n_windows": fitting.n_windows,
        "n_updates": progress.n_epochs * fitting.n_updates,
        "n_skipped_updates": fitting.learner.n_skipped,
        "epochs": [
            {"epoch": epoch, "training_loss": loss, "validation_loss": validation}
            for epoch, (loss, validation) in enumerate(progress.losses)
        ],
        "best_epoch": progress.best_epoch,
        "validation_loss": {"start": start, "best": best},
        "duration_s": round(progress.duration_s, 1),
        "n_sittings": progress.n_sittings,
        "plan": plan.to_json(),
        "versions": versions(),
        "machine": platform.machine(),
    }


def data_record(data: Data, splits: list[Split]) -> dict[str, object]:
    """Return what was learned from as plain JSON."""
    return {
        "sources": [account.to_json() for account in data.accounts],
        "sha256": data.series.fingerprint(),
        "series": data.series.names[:N_NAMED],
        "n_series": len(data.series),
        "n_series_usable": data.n_usable,
        "n_series_read": len(data.audits),
        "n_points": {
            "learned": sum(split.n_learned for split in splits),
            "validation": sum(split.n_validation for split in splits),
            "held_out": sum(split.n_held_out for split in splits),
        },
    }


@dataclass(frozen=True, slots=True)
class FitOutcome:
    """How the new model did."""

    comparison: Comparison
    disagreements: list[Difference]
    """The largest first."""
    advice: list[str]
    """See `recommend`."""

    @classmethod
    def of(cls, results: list[HoldoutResult], seed: int, bundle: Path) -> FitOutcome:
        """Evaluate the trials; `bundle` is the file of the new model."""
        comparison = compare(results, seed)
        return cls(comparison, largest(results), recommend(comparison, bundle))

    def to_json(self) -> dict[str, object]:
        """Return the results as plain JSON."""
        found = [difference.to_json() for difference in self.disagreements]
        return {"comparison": self.comparison.to_json(), "disagreements": found, "advice": self.advice}


def write_report(
    paths: OutputPaths, audits: list[Audit], outcome: FitOutcome, progress: Progress, record: dict[str, object]
) -> list[str]:
    """Write the pictures and the page beside the bundle.

    Returns
    -------
    list of str
        The files, the page first.
    """
    pictures = {"losses": ("Loss of each epoch", losses(progress.losses, progress.best_epoch))}
    if outcome.disagreements:
        heading = f"The {len(outcome.disagreements)} largest disagreements"
        pictures = {"disagreements": (heading, disagreements(outcome.disagreements)), **pictures}
    title = f"{paths.name} {paths.version}: your model and the shipped one"
    html = page(title, outcome.advice, outcome.comparison, audits, dict(pictures.values()), record)
    contents = {f"{paths.name}.html": html.encode()}
    contents |= {f"{paths.name}-{part}.png": png for part, (_, png) in pictures.items()}
    for file, content in contents.items():
        write_whole(paths.out / file, content)
    return [str(paths.out / file) for file in (*contents, f"{paths.name}.json")]
