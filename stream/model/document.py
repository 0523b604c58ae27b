"""Metadata document of a bundle, and its signature."""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

import numpy as np
from msgspec import Meta, Struct
from numpy.typing import NDArray

Float32 = NDArray[np.float32]

# A name and a version become a path in a registry, so neither can hold a slash or begin with a dot.
Name = Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9._-]{0,63}$")]
Version = Annotated[str, Meta(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+$")]
Feature = Annotated[str, Meta(min_length=1, max_length=256)]
Hash = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Rows = Annotated[int, Meta(ge=1, le=4096)]
Tolerance = Annotated[float, Meta(gt=0, le=1e-3)]


class Signature(NamedTuple):
    """Arrays in and out of a graph, all float32."""

    inputs: dict[str, tuple[int, ...]]
    outputs: dict[str, tuple[int, ...]]
    """Name to shape without the batch axis, which comes first and is free."""
    declared: bool = True
    """Whether the graph itself must state every size; if not, it may leave axes free that fit any size."""


class Metadata(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind"):
    """Metadata of a bundle; each kind is a subclass."""

    format: Literal[1] = 1
    """Version of the document's own format."""
    name: Name
    version: Version
    """Travel with every anomaly that the model finds."""
    features: Annotated[tuple[Feature, ...], Meta(min_length=1, max_length=256)]
    """What the model looks at, in order."""
    trained: dict[str, object]
    """Whatever the training run records: data, seeds, likelihoods, versions."""
    digest: Hash
    """SHA-256 of the graph, see `stream.model.metadata.digest`."""
    checksum: Hash
    """SHA-256 of this document, see `stream.model.metadata.checksum`."""
