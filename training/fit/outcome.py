"""The outcome of a fit: the comparison, where the models disagree most, the advice, and the report on all of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from training.files import write_whole
from training.fit.comparison.comparison import Comparison, compare
from training.fit.comparison.holdout import Trial
from training.fit.comparison.largest_differences import Disagreement, largest
from training.fit.comparison.recommendation import advise
from training.fit.data.audit import Audit
from training.fit.fitting import Progress
from training.fit.output_paths import Place
from training.fit.report import figures
from training.fit.report.page import page


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the new model did.

    Attributes
    ----------
    comparison : Comparison
    disagreements : list of Disagreement
        The largest first.
    advice : list of str
        See `advise`.
    """

    comparison: Comparison
    disagreements: list[Disagreement]
    advice: list[str]

    @classmethod
    def of(cls, trials: list[Trial], seed: int, bundle: Path) -> Outcome:
        """Judge the trials; `bundle` is the file of the new model."""
        comparison = compare(trials, seed)
        return cls(comparison, largest(trials), advise(comparison, bundle))

    def to_json(self) -> dict[str, object]:
        """Tell it in plain JSON."""
        found = [disagreement.to_json() for disagreement in self.disagreements]
        return {"comparison": self.comparison.to_json(), "disagreements": found, "advice": self.advice}


def write_report(
    place: Place, audits: list[Audit], outcome: Outcome, progress: Progress, record: dict[str, object]
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
    title = f"{place.name} {place.version}: your model and the shipped one"
    html = page(title, outcome.advice, outcome.comparison, audits, dict(pictures.values()), record)
    contents = {f"{place.name}.html": html.encode()}
    contents |= {f"{place.name}-{part}.png": png for part, (_, png) in pictures.items()}
    for file, content in contents.items():
        write_whole(place.out / file, content)
    return [str(place.out / file) for file in (*contents, f"{place.name}.json")]
