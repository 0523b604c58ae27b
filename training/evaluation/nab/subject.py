"""The subject: the detector that is measured, made anew in each process."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from stream.detection.verdict import Policy
from stream.gauges import AnyGauge, make_gauge
from stream.model import Bundle


@dataclass(frozen=True, slots=True)
class Subject:
    """A model in the product's gauge, with the product's settings but for the warm-up.

    Attributes
    ----------
    model : Path or None
        Bundle; None is the one in the package.
    policy : Policy
    """

    model: Path | None = None
    policy: Policy = Policy()

    def bundle(self) -> Bundle:
        """Load the bundle.

        Raises
        ------
        ModelError
        """
        return Bundle.default() if self.model is None else Bundle.load(self.model)

    def gauge(self, warmup: int) -> AnyGauge:
        """Make a gauge whose keys warm up for so many records."""
        return make_gauge(self.bundle(), replace(self.policy, warmup=warmup))
