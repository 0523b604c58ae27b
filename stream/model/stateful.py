"""Kind `stateful-forecast`: an LSTM step with carried state."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct

from stream.model.document import Float32, Metadata, Rows, Signature, Tolerance

N_INPUTS, N_UNITS, N_OUTPUTS = 26, 32, 11


class Golden(NamedTuple):
    """Example rows, which `seal` runs and stores."""

    inputs: Float32
    """Shape (batch, 26)."""
    h: Float32
    c: Float32
    """Shape (batch, 32)."""


class StatefulGolden(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Stored golden rows: float32, little endian."""

    rows: Rows
    """Rows in every array."""
    tolerance: Tolerance
    """Largest difference that a processor's own rounding may cause, relative to the expected number where that is above
    1."""
    inputs: bytes
    h: bytes
    c: bytes
    parameters: bytes
    h_next: bytes
    c_next: bytes


class StatefulForecast(Metadata, frozen=True, tag="stateful-forecast"):
    """One LSTM step: inputs and state in, forecasts and state out."""

    golden: StatefulGolden

    @classmethod
    def signature(cls) -> Signature:
        """Return the arrays of a step (detector specification, section 8)."""
        state = (N_UNITS,)
        return Signature(
            inputs={"inputs": (N_INPUTS,), "h": state, "c": state},
            outputs={"parameters": (N_OUTPUTS,), "h_next": state, "c_next": state},
        )

    def golden_arrays(self) -> dict[str, bytes]:
        """Return the golden rows by the graph's names."""
        golden = self.golden
        return {
            "inputs": golden.inputs,
            "h": golden.h,
            "c": golden.c,
            "parameters": golden.parameters,
            "h_next": golden.h_next,
            "c_next": golden.c_next,
        }
