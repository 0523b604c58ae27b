"""The layouts that are known for a model: the present one, and those from which a step leads there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from stream.changelog.layouts.layout import StateLayout
from stream.changelog.layouts.step import LayoutStep
from stream.changelog.layouts.v5 import layout_5
from stream.detection.arrays import Records
from stream.detection.state import record
from stream.detection.state.key_state import KeyState

REFUSED: Final = {
    4012: "layout 4, of version 0.1.0, which has no tails and events: the score is made of them now, and they are "
    "learned from the first points of a series",
    4511: "a layout between 0.1.0 and 0.2.0 that no version was released with",
}
"""Records of the shipped kind of model that cannot be carried over: bytes of each without its envelope, and why."""


@dataclass(frozen=True)
class KnownLayouts:
    """The present layout and the steps towards it, oldest first.

    Attributes
    ----------
    present : StateLayout
    steps : tuple of LayoutStep
    """

    present: StateLayout
    steps: tuple[LayoutStep, ...]

    @classmethod
    def of(cls, state: KeyState, n_slots: int) -> KnownLayouts:
        """Return the layouts of a detector's fresh state, of which a key takes `n_slots` slots."""
        state.grow(1)
        present = StateLayout(state.pack(np.zeros(1, np.int64)).reshape(()), n_slots)
        if present.version != record.VERSION:  # A reconstruction model: its record has had one layout so far.
            return cls(present, ())
        names = present.dtype.names or ()
        n_history = present.dtype["history"].shape[0] if "history" in names else 0
        model = int(present.unseen["model"]) if "model" in names else 0
        return cls(present, (LayoutStep(layout_5(n_slots, n_history, model), present),))

    def find(self, value: bytes) -> StateLayout | None:
        """Return the layout of a value, the newest that fits; None for an unknown one."""
        candidates = [self.present, *(step.before for step in reversed(self.steps))]
        return next((layout for layout in candidates if layout.holds(value)), None)

    def migrate(self, slots: Records, layout: StateLayout) -> Records:
        """Carry the slots of a key over to the present layout."""
        for step in self.steps[self._position(layout) :]:
            slots = step.apply(slots)
        return slots

    def _position(self, layout: StateLayout) -> int:
        return next((n for n, step in enumerate(self.steps) if step.before is layout), len(self.steps))


def why_refused(n_bytes: int) -> str:
    """Explain why a value of so many bytes, which no layout holds, is not carried over."""
    known = {size + envelope: text for size, text in REFUSED.items() for envelope in (0, 8)}
    return known.get(
        n_bytes, "a layout that this version does not know, or a model of another kind, window or features"
    )
