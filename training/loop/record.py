"""The run record: what was done, with what, and how it came out; beside the model and inside it."""

from __future__ import annotations

import platform
from importlib.metadata import version

from training.loop.checkpoint import Progress
from training.loop.plan import Plan

PACKAGES = ("tensorflow", "keras", "tf2onnx", "onnx", "onnxruntime", "numpy")


def best_seed(progress: Progress) -> int:
    """Choose the seed whose loss on the held-out synthetic series is lowest after the last update."""
    return min(progress.losses, key=lambda seed: progress.losses[seed][-1][1])


def run_record(plan: Plan, progress: Progress, n_skipped: dict[int, int]) -> dict[str, object]:
    """Return a finished run as plain JSON.

    Parameters
    ----------
    progress : Progress
        Of the finished run.
    n_skipped : dict of int to int
        Updates of each seed that were skipped since the gradient overflowed.

    Returns
    -------
    dict
        `duration_s` is that of all seeds together, since they learn side by side. Losses are mean negative log
        likelihoods in nats a record; `held_out_losses` are pairs of updates and loss, from the first weights on.
    """
    return {
        "data": "synthetic series (training/synthetic/series.py); no recorded series",
        "chosen_seed": best_seed(progress),
        "chosen_by": f"lowest loss on {plan.n_held_out_series} held-out synthetic series",
        "seeds": {
            str(seed): {
                "held_out_loss": losses[-1][1],
                "n_skipped_updates": n_skipped[seed],
                "held_out_losses": [list(look) for look in losses],
            }
            for seed, losses in progress.losses.items()
        },
        "n_updates": progress.n_rounds * plan.n_round_updates,
        "n_series": progress.n_rounds * plan.n_round_series,
        "n_records": progress.n_rounds * plan.n_round_series * plan.n_steps,
        "duration_s": round(progress.duration_s, 1),
        "n_sittings": progress.n_sittings,
        "plan": plan.to_json(),
        "versions": versions(),
        "machine": platform.machine(),
    }


def versions() -> dict[str, str]:
    """Name the version of everything that a result may depend on."""
    return {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}}
