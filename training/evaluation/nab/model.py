"""The model that is measured, in a detector that is made anew in each process."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from stream.detection.arrays import Int64
from stream.detection.episodes.verdict import Policy
from stream.detection.policy.budget import Budget
from stream.detectors import AnyDetector, build_detector, chosen_bundle
from stream.errors import ModelError
from stream.model import Bundle
from stream.settings.settings import Settings


@dataclass(frozen=True, slots=True)
class MeasuredModel:
    """A model in the product's detector, with the product's settings but for the warm-up.

    Attributes
    ----------
    path : Path or None
        Bundle; None is the one in the package.
    """

    path: Path | None = None
    policy: Policy = field(default_factory=Policy)

    @classmethod
    def of(cls, settings: Settings, bands: bool) -> MeasuredModel:
        """Take model and policy from the settings, as a worker does.

        Parameters
        ----------
        bands : bool
            Whether every point gets its band, which takes time.
        """
        policy = Policy(
            max_fill=settings.max_fill,
            rewarm=settings.rewarm,
            update_interval_ms=round(settings.update_interval_s * 1000),
            level=settings.level,
            bands=bands,
            false_alarms=Budget(*settings.allowance),
        )
        return cls(settings.model, policy)

    def bundle(self) -> Bundle:
        """Load the bundle.

        Raises
        ------
        ModelError
            Also if it takes more than one feature: a file of NAB has one.
        """
        bundle = chosen_bundle(self.path)
        if len(bundle.metadata.features) > 1:
            features = ", ".join(bundle.metadata.features)
            raise ModelError(f"model {bundle.path}: expected one feature, as NAB's series have, found {features}")
        return bundle

    def build_detector(self, warmups: Int64) -> AnyDetector:
        """Make a detector whose keys warm up for so many records each."""
        return build_detector(self.bundle(), replace(self.policy, warmup=warmups, slow_warmup=warmups))
