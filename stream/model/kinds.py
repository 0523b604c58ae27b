"""The kinds of bundle: the document that each carries, and the graph that it promises."""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

import numpy as np
from msgspec import Meta, Struct
from numpy.typing import NDArray

Float32 = NDArray[np.float32]

N_INPUTS, N_UNITS, N_PARAMETERS = 17, 32, 9

# A name and a version become a path in a registry, so neither can hold a slash or begin with a dot.
Name = Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9._-]{0,63}$")]
Version = Annotated[str, Meta(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+$")]
Feature = Annotated[str, Meta(min_length=1, max_length=256)]
Hash = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class Signature(NamedTuple):
    """The arrays that go into and come out of a graph, all float32.

    Attributes
    ----------
    inputs, outputs : dict of str to tuple of int
        Name to shape without the batch axis, which comes first and is free.
    """

    inputs: dict[str, tuple[int, ...]]
    outputs: dict[str, tuple[int, ...]]


class Golden(NamedTuple):
    """Example rows for a `stateful-forecast` model; `seal` runs them and stores what comes out.

    Attributes
    ----------
    inputs : float32, shape (batch, 17)
    h, c : float32, shape (batch, 32)
    """

    inputs: Float32
    h: Float32
    c: Float32


class StatefulGolden(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Golden rows as they are stored: float32, little endian, row by row.

    Attributes
    ----------
    rows : int
        Rows in every array.
    tolerance : float
        Largest difference that a processor's own rounding may cause, relative to the expected number where that is
        above 1.
    """

    rows: Annotated[int, Meta(ge=1, le=4096)]
    tolerance: Annotated[float, Meta(gt=0, le=1e-3)]
    inputs: bytes
    h: bytes
    c: bytes
    parameters: bytes
    h_next: bytes
    c_next: bytes


class Metadata(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind"):
    """What a bundle of any kind says about itself; a kind is a subclass, its tag the document's `kind`.

    Attributes
    ----------
    format : int
        Version of the document's own format.
    name, version : str
        Travel with every anomaly that the model finds.
    features : tuple of str
        What the model looks at, in order.
    trained : dict
        Whatever the training run says of itself: data, seeds, likelihoods, versions.
    digest : str
        SHA-256 of the graph, see `stream.model.metadata.digest`.
    checksum : str
        SHA-256 of this document, see `stream.model.metadata.checksum`.
    """

    format: Literal[1] = 1
    name: Name
    version: Version
    features: Annotated[tuple[Feature, ...], Meta(min_length=1)]
    trained: dict[str, object]
    digest: Hash
    checksum: Hash


class StatefulForecast(Metadata, frozen=True, tag="stateful-forecast"):
    """One LSTM step: 17 inputs and the carried state in, the next record's mixture and the new state out."""

    golden: StatefulGolden

    @classmethod
    def signature(cls) -> Signature:
        """Name the arrays of one step (detector specification, section 8)."""
        state = (N_UNITS,)
        return Signature(
            inputs={"inputs": (N_INPUTS,), "h": state, "c": state},
            outputs={"parameters": (N_PARAMETERS,), "h_next": state, "c_next": state},
        )


KINDS = {"stateful-forecast": StatefulForecast}
