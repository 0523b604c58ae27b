"""`streamgauge train fit --kind reconstruct`, from the points to a bundle: learn, export, calibrate, evaluate."""

from __future__ import annotations

import platform
import shutil
from dataclasses import dataclass
from pathlib import Path

from stream.calibration import BundleSpec, CalibrationSeries, Wrapped, fit_scaling, wrap
from stream.calibration.scaling import RECONSTRUCT
from stream.detection.arrays import Float32
from stream.errors import UnusableDataError
from stream.formats.features import PLAIN
from stream.library.options import Options
from stream.model import Bundle
from training.autoencoder.evaluation import HeldOutResult, evaluate
from training.autoencoder.network import Fitted, build, check_parity, export, fit
from training.autoencoder.plan import AutoencoderPlan
from training.autoencoder.report import show_results, write_report
from training.autoencoder.series import JoinedSeries, join, sample_windows
from training.fit.data.data import Data
from training.fit.fitting import Progress
from training.fit.gathering import forget
from training.fit.outcome import data_record
from training.fit.output_paths import OutputPaths
from training.fit.report.screen import Screen
from training.loop.record import versions
from training.network.bundling import write_bundle


@dataclass(frozen=True, slots=True)
class Learned:
    """A fitted network, and what it was fitted with."""

    spec: BundleSpec
    fitted: Fitted
    progress: Progress
    validation: CalibrationSeries
    windows: Float32


def fit_autoencoder(
    data: Data, features: tuple[str, ...], plan: AutoencoderPlan, paths: OutputPaths, options: Options, screen: Screen
) -> dict[str, object]:
    """Fit an autoencoder to windows of points, calibrate it, and look at it on held-out points.

    Parameters
    ----------
    features : tuple of str
        Read together, in this order; empty for plain numbers.
    paths : OutputPaths
        Claimed.
    options : Options
        The worker's settings.

    Returns
    -------
    dict
        The run record, as written beside the bundle.

    Raises
    ------
    UnusableDataError
        If no series has all features.
    DataError
        If a feature is constant in the training part.
    TrainingError
        If ONNX Runtime and Keras disagree.
    """
    many = join(data.series, features, plan)
    if not many:
        raise UnusableDataError(f"expected a series with {', '.join(features)} that vary, found none: see the audit")
    learned = _learn(many, features or PLAIN, plan, paths, screen)
    wrapped = wrap(export(learned.fitted.network), learned.spec, learned.validation)
    bundle = Bundle.from_bytes(wrapped.content, paths.bundle)
    check_parity(learned.fitted.predict(learned.windows), bundle.window_model().predict(learned.windows))
    n_scored = sum(len(each.values) * (1 + each.values.shape[1]) for each in many)
    with screen.counting("evaluating", n_scored) as report:
        results, scored = evaluate(bundle, many, options, report)
    record = write_bundle(paths.out, wrapped.content, _record(data, many, plan, learned, wrapped, results))
    files = write_report(paths, plan, data.audits, many, learned.progress, results, scored, record)
    forget(paths)
    show_results(results, plan, bundle, files, screen)
    return record


def _learn(
    many: list[JoinedSeries], features: tuple[str, ...], plan: AutoencoderPlan, paths: OutputPaths, screen: Screen
) -> Learned:
    learned = CalibrationSeries("the training part", tuple(each.learned for each in many))
    validation = CalibrationSeries("the validation part", tuple(each.validation for each in many))
    scaling = fit_scaling(learned.together(), features)
    windows, unseen = (
        sample_windows(part, scaling, plan.time_steps, plan.n_most_windows, plan.seed) for part in (learned, validation)
    )
    progress = Progress()
    with screen.fitting(plan.n_epochs) as show:

        def watch(epoch: int, fitted: Fitted) -> None:
            latest = fitted.epochs[-1]
            progress.losses.append((latest.loss, latest.validation_loss))
            if latest.validation_loss < progress.losses[progress.best_epoch][1]:
                progress.best_epoch = epoch
            show(progress)

        network = plan.network(len(features))
        progress.losses.append((None, build(network).evaluate(unseen, unseen, verbose=0)[0]))
        fitted = fit(network, windows, unseen, watch, _new_curves(paths.logdir))
    spec = BundleSpec(
        kind=RECONSTRUCT,
        name=paths.name,
        version=paths.version,
        features=features,
        window=plan.time_steps,
        scaling=scaling,
        stride=plan.stride,
        quantile=plan.quantile,
        facts={"by": "streamgauge train fit --kind reconstruct", "plan": plan.to_json()},
    )
    return Learned(spec, fitted, progress, validation, unseen)


def _new_curves(logdir: Path) -> Path:
    """Return TensorBoard's folder without the curves of an earlier fit."""
    folder = logdir / "autoencoder"
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def _record(
    data: Data,
    many: list[JoinedSeries],
    plan: AutoencoderPlan,
    learned: Learned,
    wrapped: Wrapped,
    results: list[HeldOutResult],
) -> dict[str, object]:
    """Return a finished fit as plain JSON; losses are mean squared errors in scaled units, epoch 0 is the start."""
    progress = learned.progress
    return {
        "data": data_record(data, [each.split for each in many]),
        "kind": RECONSTRUCT,
        "features": list(learned.spec.features),
        "epochs": [
            {"epoch": epoch, "training_loss": loss, "validation_loss": validation}
            for epoch, (loss, validation) in enumerate(progress.losses)
        ],
        "best_epoch": progress.best_epoch,
        "duration_s": round(learned.fitted.duration_s, 1),
        "cutoff": wrapped.calibration.cutoff,
        "calibration": wrapped.fit._asdict(),
        "held_out": [result.to_json() for result in results],
        "plan": plan.to_json(),
        "versions": versions(),
        "machine": platform.machine(),
        "audit": [found.to_json() for found in data.audits],
    }
