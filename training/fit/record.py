"""The run record of a fit: what was learned from, how, with what, and how it came out."""

from __future__ import annotations

import platform

from stream.model import Bundle
from training.fit.data.data import Data
from training.fit.fitting import Fitting
from training.fit.plan import FitPlan
from training.fit.split import Split
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
