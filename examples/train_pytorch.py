"""Train a forecaster of two features in PyTorch and export it.

pip install torch onnx onnxscript
python examples/train_pytorch.py FILE.csv MODEL.onnx

FILE has the columns timestamp, cpu and mem. Beside MODEL.onnx goes MODEL.json, the scaling that it was trained with.
`wrap_pytorch.py` makes a bundle of both.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn

from stream import read_csv

FEATURES = ("cpu", "mem")
WINDOW, N_UNITS, N_UPDATES, BATCH = 24, 16, 1500, 64


class Forecaster(nn.Module):
    """An LSTM over the window and a linear layer on its last state."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(len(FEATURES), N_UNITS, batch_first=True)
        self.head = nn.Linear(N_UNITS, len(FEATURES))

    def forward(self, windows: torch.Tensor) -> torch.Tensor:
        """Forecast the point after each window; shape (batch, 1, features)."""
        states, _ = self.lstm(windows)
        return self.head(states[:, -1:])


def main(csv_path: Path, model_path: Path) -> None:
    """Train on all series of a file, and export."""
    values = np.concatenate([values for _, values in read_csv(csv_path, features=FEATURES).values()])
    offset, scale = values.min(axis=0), np.ptp(values, axis=0)
    rows = torch.tensor((values - offset) / scale, dtype=torch.float32)
    windows = torch.stack([rows[i : i + WINDOW] for i in range(len(rows) - WINDOW)])
    model = Forecaster()
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    for _ in range(N_UPDATES):
        picked = torch.randint(len(windows), (BATCH,))
        loss = nn.functional.mse_loss(model(windows[picked])[:, 0], rows[picked + WINDOW])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    torch.onnx.export(
        model.eval(),
        (windows[:2],),
        str(model_path),
        dynamo=True,
        external_data=False,
        opset_version=20,
        input_names=["windows"],
        output_names=["forecast"],
        dynamic_shapes=({0: torch.export.Dim("batch")},),
    )
    model_path.with_suffix(".json").write_text(json.dumps({"offset": offset.tolist(), "scale": scale.tolist()}))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
