"""A bundle that lost its end or had any one bit turned over is refused, wherever the damage lies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stream.model import Bundle, RefusedError
from stream.model.metadata import unsealed
from tests.unit.model.graphs import flipped, good_bundle

N_FLIPS = 300

HEADER_END = good_bundle().index(b"Unsqueeze")
NODES_END = good_bundle().index(b"Add")
METADATA_START = len(unsealed(good_bundle()))
DOCUMENT_START = good_bundle().index(b'{"kind"')
GOLDEN_START, GOLDEN_END = good_bundle().index(b'"golden"'), good_bundle().index(b'"format"')

REGIONS = {
    "versions, exporter and graph's length": range(HEADER_END),
    "nodes": range(HEADER_END, NODES_END),
    "weights, inputs and outputs": range(NODES_END, METADATA_START),
    "the property around the document": range(METADATA_START, DOCUMENT_START),
    "golden rows": range(GOLDEN_START, GOLDEN_END),
    "metadata fields and hashes": range(GOLDEN_END, len(good_bundle())),
}


def refuse(content: bytes) -> None:
    with pytest.raises(RefusedError):
        Bundle.from_bytes(content, Path("damaged"))


@pytest.mark.parametrize("region", REGIONS)
def test_a_flipped_bit_is_refused(region: str) -> None:
    extent = REGIONS[region]
    bits = np.arange(extent.start * 8, extent.stop * 8)
    for bit in np.random.default_rng(11).permutation(bits)[:N_FLIPS]:
        refuse(flipped(good_bundle(), int(bit)))


@pytest.mark.parametrize("region", REGIONS)
def test_a_file_that_ends_early_is_refused(region: str) -> None:
    extent = REGIONS[region]
    for n_bytes in np.linspace(extent.start, extent.stop - 1, 20, dtype=int):
        refuse(good_bundle()[:n_bytes])


def test_bytes_behind_the_end_are_refused() -> None:
    for tail in (b"\x00", b"\x08\x08", b"more"):
        refuse(good_bundle() + tail)
