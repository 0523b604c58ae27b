"""`streamgauge train fit`, from the points to the advice: learn, export, compare."""

from __future__ import annotations

from stream.detection.arrays import Float32
from stream.detection.episodes.verdict import Policy
from stream.model import Bundle
from training.fit.comparison.holdout import run_holdout
from training.fit.comparison.shipped import start_from
from training.fit.data.data import Data
from training.fit.dataset import Dataset
from training.fit.fitting import Fitting
from training.fit.gathering import forget
from training.fit.outcome import FitOutcome, fit_record, write_report
from training.fit.output_paths import OutputPaths
from training.fit.plan import FitPlan, Split
from training.fit.report.screen import Screen
from training.network.bundling import N_GOLDEN, bundle_network, write_bundle
from training.network.network import Network


def fit(data: Data, plan: FitPlan, paths: OutputPaths, policy: Policy, screen: Screen) -> dict[str, object]:
    """Fit a model to points, or go on where a killed fit stopped, and compare it with the shipped one.

    Parameters
    ----------
    paths : OutputPaths
        Claimed.
    policy : Policy
        The worker's, for the comparison.

    Returns
    -------
    dict
        The run record, with audit and comparison, as written beside the bundle.

    Raises
    ------
    TrainingError
        If the checkpoint is of another fit, or ONNX Runtime and Keras disagree.
    """
    if len(data.series) < data.n_usable:
        screen.message(f"of {data.n_usable:,} series that can be used, {len(data.series):,} chosen by --seed are")
    splits = [Split.of(int(n_points), plan.validation, plan.held_out) for n_points in data.series.counts]
    shipped = Bundle.default()
    fitting, inputs = _learn(data, splits, plan, paths, shipped, screen)
    record = fit_record(plan, data, splits, fitting, shipped)
    bundle = bundle_network(fitting.learner.network, inputs, name=paths.name, version=paths.version, record=record)
    bundles = shipped, Bundle.from_bytes(bundle, paths.bundle)
    outcome = _compare_models(bundles, data, splits, plan.seed, policy, screen)
    record = write_bundle(paths.out, bundle, {**record, **_audits(data), **outcome.to_json()})
    files = write_report(paths, data.audits, outcome, fitting.progress, record)
    forget(paths)
    screen.show_comparison(outcome.comparison, outcome.advice, files)
    return record


def _compare_models(
    bundles: tuple[Bundle, Bundle], data: Data, splits: list[Split], seed: int, policy: Policy, screen: Screen
) -> FitOutcome:
    with screen.counting("comparing", int(data.series.counts.sum())) as report:
        return FitOutcome.of(run_holdout(bundles, data.series, splits, policy, report), seed, bundles[1].path)


def _audits(data: Data) -> dict[str, object]:
    return {"audit": [found.to_json() for found in data.audits]}


def _learn(
    data: Data, splits: list[Split], plan: FitPlan, paths: OutputPaths, shipped: Bundle, screen: Screen
) -> tuple[Fitting, Float32]:
    """Learn, and give with what was learned some inputs for the bundle's golden rows."""
    n_records = sum(split.held_out_start - 1 for split in splits)
    with screen.counting("preparing", n_records) as report:
        dataset = Dataset.make(data.series, splits, paths.points / "lessons.bin", report)
    network = Network(plan.seed)
    if not plan.from_scratch:
        start_from(shipped, network)
    identity = {**data.identity, "data": data.series.fingerprint(), "shipped": shipped.sha256}
    fitting = Fitting(plan, dataset, network, paths.logdir, identity)
    if fitting.progress.losses:
        screen.message(f"going on after epoch {fitting.progress.n_epochs}, from the checkpoint in {paths.logdir}")
    with screen.fitting(plan.n_epochs) as show:
        fitting.finish(show)
    inputs, _ = dataset.read(dataset.windows[:N_GOLDEN])
    return fitting, inputs
