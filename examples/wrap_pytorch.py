"""Wrap a forecaster that PyTorch exported as a model bundle, and score a CSV file with it.

python examples/wrap_pytorch.py FILE.csv MODEL.onnx

FILE has the columns timestamp, cpu and mem; MODEL.onnx and MODEL.json come from `train_pytorch.py`.
"""

import subprocess
import sys
from pathlib import Path

from stream import Bundle, backtest, read_csv

FEATURES = ("cpu", "mem")


def wrap(csv_path: Path, model_path: Path) -> Bundle:
    """Seal the model in a bundle, calibrated on ordinary points."""
    bundle_path = model_path.with_suffix(".bundle.onnx")
    command = ["model", "wrap", model_path, "--kind", "forecast", "--features", ",".join(FEATURES)]
    command += ["--calibrate", csv_path, "--scaling", model_path.with_suffix(".json"), "--out", bundle_path]
    subprocess.run([sys.executable, "-m", "stream", *map(str, command)], check=True)
    return Bundle.load(bundle_path)


def main(csv_path: Path, model_path: Path) -> None:
    """Wrap, and score the same file."""
    series = read_csv(csv_path, features=FEATURES)
    for name, result in backtest(series, model=wrap(csv_path, model_path)).items():
        print(f"{name}: {len(result.timestamps):,} points, {len(result.episodes)} episodes")
        for episode in result.episodes:
            print(f"  {episode.start:%Y-%m-%d %H:%M} {episode.feature} {episode.severity}: {episode.why}")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
