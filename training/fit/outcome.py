"""The outcome of a fit: the comparison, where the models disagree most, the advice, and the report on all of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from training.files import write_whole
from training.fit.comparison.comparison import Comparison, compare
from training.fit.comparison.holdout import HoldoutResult
from training.fit.comparison.largest_differences import Difference, largest
from training.fit.comparison.recommendation import recommend
from training.fit.data.audit import Audit
from training.fit.fitting import Progress
from training.fit.output_paths import OutputPaths
from training.fit.report import figures
from training.fit.report.page import page


@dataclass(frozen=True, slots=True)
class FitOutcome:
    """How the new model did.

    Attributes
    ----------
    disagreements : list of Difference
        The largest first.
    advice : list of str
        See `recommend`.
    """

    comparison: Comparison
    disagreements: list[Difference]
    advice: list[str]

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
    pictures = {"losses": ("Loss of each epoch", figures.losses(progress.losses, progress.best_epoch))}
    if outcome.disagreements:
        heading = f"The {len(outcome.disagreements)} largest disagreements"
        pictures = {"disagreements": (heading, figures.disagreements(outcome.disagreements)), **pictures}
    title = f"{paths.name} {paths.version}: your model and the shipped one"
    html = page(title, outcome.advice, outcome.comparison, audits, dict(pictures.values()), record)
    contents = {f"{paths.name}.html": html.encode()}
    contents |= {f"{paths.name}-{part}.png": png for part, (_, png) in pictures.items()}
    for file, content in contents.items():
        write_whole(paths.out / file, content)
    return [str(paths.out / file) for file in (*contents, f"{paths.name}.json")]
