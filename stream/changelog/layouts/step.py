"""One step from a layout to the next, declared as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from stream.changelog.layouts.layout import MARKS, StateLayout
from stream.detection.arrays import Records


@dataclass(frozen=True, eq=False)
class LayoutStep:
    """Records of one layout become records of the next.

    Fields are carried by their names. A field that is new has its unseen value, which the next layout declares; one
    that the next layout no longer has is dropped.

    Attributes
    ----------
    before, after : StateLayout
    renamed : mapping of str to str
        The new name of each field that has another one.
    """

    before: StateLayout
    after: StateLayout
    renamed: Mapping[str, str] = field(default_factory=dict)

    def apply(self, records: Records) -> Records:
        """Return the records in the next layout; those given are left as they are."""
        carried = np.full(len(records), self.after.unseen)
        for name in self.before.dtype.names or ():
            target = self.renamed.get(name, name)
            if target in (self.after.dtype.names or ()) and name not in MARKS:
                carried[target] = records[name]
        return carried
