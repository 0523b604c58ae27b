"""The network of the two tutorial peers: one LSTM layer over a window, untrained, since training changes no cost."""

from __future__ import annotations

from typing import Any

import keras

from benchmarks.peers.on_faust.windows import WINDOW

N_UNITS = 64


def build() -> Any:
    """Build it with Keras."""
    return keras.Sequential([keras.Input((WINDOW, 1)), keras.layers.LSTM(N_UNITS), keras.layers.Dense(1)])
