"""The chapter of a book, on the library: an LSTM redraws windows of a series, and what it redraws worst is anomalous.

pip install -e '.[training]' -c constraints.txt     (in a clone of streamgauge)
python examples/chapter.py stream/nab/nyc_taxi.csv.gz FOLDER [EPOCHS]

The chapter's own steps, on its first series: scale to 0..1, cut windows of 48 points, teach LSTM(64) and a dense layer
to redraw them, export to ONNX. `streamgauge train book` does all nine series, and measures what this is worth.
"""

import gzip
import json
import shutil
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
from keras import layers

from stream import Bundle, backtest, read_csv

WINDOW, N_UNITS, BATCH = 48, 64, 8


def main(path: Path, folder: Path, n_epochs: int = 20) -> None:
    """Fit, export, wrap and score."""
    ((name, (timestamps, values)),) = read_csv(path).items()
    offset, scale = values.min(), np.ptp(values)
    scaled = ((values - offset) / scale).astype(np.float32)
    windows = scaled[: len(scaled) // WINDOW * WINDOW].reshape(-1, WINDOW, 1)

    keras.utils.set_random_seed(7)
    model = keras.Sequential(
        [
            keras.Input((WINDOW, 1)),
            layers.LSTM(N_UNITS, return_sequences=True),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile("adam", "mse")
    model.fit(windows, windows, batch_size=BATCH, epochs=n_epochs, verbose=0)
    redrawn = model.predict(windows, verbose=0)
    print(f"{len(windows)} windows, RMSE {np.sqrt(np.mean((windows - redrawn) ** 2)):.3f} of the scaled series")

    folder.mkdir(parents=True, exist_ok=True)
    model.export(str(folder / "chapter.onnx"), format="onnx", opset_version=18, verbose=False)
    (folder / "chapter.json").write_text(json.dumps({"offset": [float(offset)], "scale": [float(scale)]}))
    bundle = wrap(path, folder)

    result = backtest(timestamps, values, series=name, model=bundle)
    print(f"{name}: {len(result.episodes)} episodes with the chapter's model")
    for episode in result.episodes:
        print(f"  {episode.start:%Y-%m-%d %H:%M} {episode.severity}: {episode.why}")


def wrap(path: Path, folder: Path) -> Bundle:
    """Seal the model in a bundle, with the cut-off that the series itself gives."""
    plain = folder / "series.csv"
    with gzip.open(path) as packed, plain.open("wb") as unpacked:
        shutil.copyfileobj(packed, unpacked)
    command = ["model", "wrap", folder / "chapter.onnx", "--kind", "reconstruct", "--window", WINDOW]
    command += ["--calibrate", plain, "--scaling", folder / "chapter.json", "--out", folder / "chapter.bundle.onnx"]
    subprocess.run([sys.executable, "-m", "stream", *map(str, command)], check=True)
    return Bundle.load(folder / "chapter.bundle.onnx")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *map(int, sys.argv[3:]))
