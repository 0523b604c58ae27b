"""`streamgauge model wrap`: make a bundle of an ONNX model."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path

import click
from rich.console import Console

from stream.calibration import (
    KINDS,
    METHODS,
    BundleSpec,
    CalibrationSeries,
    Wrapped,
    declared_window,
    fit_scaling,
    read_scaling,
    read_series,
    wrap,
)
from stream.cli.csv_options import ColumnNames, parse_columns, parse_features, refuse_both
from stream.detection.forecast.windows import Scaling
from stream.detectors import build_detector
from stream.errors import ModelError
from stream.formats.csv.columns import CsvFormat
from stream.formats.features import PLAIN
from stream.model import Bundle
from stream.model.onnx.file import open_regular, read_limited
from stream.model.windowed import MAX_WINDOW

EXAMPLES = """\b
Examples:
  streamgauge model wrap taxi.onnx --kind forecast --window 48 --calibrate taxi.csv
  streamgauge model wrap host.onnx --kind reconstruct --window 24 --stride 6 --features cpu,mem \\
      --calibrate host7.csv --scaling trained.json --name host --version 1.2.0
  STREAMGAUGE_MODEL=taxi.bundle.onnx streamgauge worker
"""


@click.command("wrap", epilog=EXAMPLES, short_help="Make a bundle of your own ONNX model.")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE.onnx")
@click.option(
    "--kind",
    type=click.Choice(list(KINDS)),
    required=True,
    help="Whether the model returns the next point or the window.",
)
@click.option(
    "--window", type=click.IntRange(1, MAX_WINDOW), help="Points the model looks at; without it the graph must say so."
)
@click.option(
    "--features", callback=parse_features, metavar="NAME,...", help="In the model's order; without it plain numbers."
)
@click.option(
    "--calibrate",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE.csv",
    help="Ordinary data that the model was not trained on.",
)
@click.option(
    "--scaling",
    default="minmax",
    show_default=True,
    metavar="minmax|standard|none|FILE.json",
    help="How values become inputs: fitted to the calibration data, or read from what the training run left.",
)
@click.option("--stride", type=click.IntRange(1), help="Points from one scored window to the next.  [default: window]")
@click.option(
    "--quantile",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.99,
    show_default=True,
    help="Share of the calibration windows that score below 1.",
)
@click.option("--columns", callback=parse_columns, metavar="timestamp=C,value=C,series=C", help="As of `publish csv`.")
@click.option("--timestamp-format", metavar="FORMAT", help="s, ms, or a strptime format such as '%d.%m.%Y %H:%M'.")
@click.option("--name", help="Name in the events.  [default: the file's]")
@click.option("--version", default="1.0.0", show_default=True, help="Three numbers with dots.")
@click.option("--out", type=click.Path(path_type=Path), help="The bundle.  [default: FILE.bundle.onnx]")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as one JSON document.")
def wrap_command(
    file: Path,
    kind: str,
    window: int | None,
    features: tuple[str, ...],
    calibrate: Path,
    scaling: str,
    stride: int | None,
    quantile: float,
    columns: ColumnNames,
    timestamp_format: str | None,
    name: str | None,
    version: str,
    out: Path | None,
    as_json: bool,
) -> None:
    """Make a bundle of FILE.onnx, a model of your own from Keras, PyTorch or anything that writes ONNX.

    The model takes one float32 array of shape (batch, window, features) with a free batch size. It returns one of shape
    (batch, 1 or window, features): with --kind forecast the last point is the forecast of the next one, with --kind
    reconstruct it is the window, reconstructed. Axes, types and operators are checked as a worker checks them.

    The calibration data provide the rest: the scaling, unless the model was trained with its own; the spread of the
    forecast errors, or the window error at which the score is 1. Use normal data like those of the stream, but not the
    training data. Exit code 8 if a series is too short, a feature is constant or a column is missing; 7 if the model
    cannot be used.

    --scaling none is for a model that scales its input itself. FILE.json holds {"offset": [..], "scale": [..]}, one
    number per feature: the model's input is (value - offset) / scale.
    """
    with _named(file):
        model = _read(file)
        window = declared_window(model) if window is None else window
    features = features or PLAIN
    if stride is not None and (kind != "reconstruct" or stride > window):
        raise click.UsageError("--stride is for --kind reconstruct, and at most the window")
    data = read_series(calibrate, _csv_format(columns, features, timestamp_format))
    spec = BundleSpec(
        kind=kind,
        name=_default_name(file) if name is None else name,
        version=version,
        features=features,
        window=window,
        scaling=_scaling(scaling, data, features),
        stride=window if stride is None else stride,
        quantile=quantile,
        facts={"wrapped": file.name, "scaling": scaling if scaling in METHODS else Path(scaling).name},
    )
    with _named(file):
        wrapped = wrap(model, spec, data)
    out = file.with_name(f"{file.stem}.bundle.onnx") if out is None else out
    _write(wrapped.content, out, file)
    bundle = Bundle.load(out)
    build_detector(bundle)
    if as_json:
        click.echo(json.dumps(_facts(bundle, spec, wrapped)))
    else:
        _print_summary(bundle, spec, wrapped, data)


@contextmanager
def _named(file: Path) -> Iterator[None]:
    """Prefix errors with the model's file name."""
    try:
        yield
    except ModelError as error:
        raise ModelError(f"{file}: {error}") from error


def _read(file: Path) -> bytes:
    with open_regular(file) as opened:
        return read_limited(opened)


def _csv_format(columns: ColumnNames, features: tuple[str, ...], timestamp_format: str | None) -> CsvFormat:
    named = () if features == PLAIN else features
    refuse_both(named, columns)
    return CsvFormat(**columns, features=named, series=None, timestamp_format=timestamp_format, timezone=UTC)


def _scaling(text: str, data: CalibrationSeries, features: tuple[str, ...]) -> Scaling:
    if text in METHODS:
        return fit_scaling(data.together(), features, text)
    if not text.endswith(".json"):
        raise click.BadParameter(
            f"expected {', '.join(METHODS)} or a .json file, found '{text}'", param_hint="--scaling"
        )
    return read_scaling(Path(text), features)


def _default_name(file: Path) -> str:
    """Derive a valid bundle name from a file name."""
    name = re.sub("[^a-z0-9._-]+", "-", file.stem.lower()).lstrip("._-")
    return name[:64] or "model"


def _write(content: bytes, out: Path, file: Path) -> None:
    """Write the bundle atomically; never over the source model."""
    if out.resolve() == file.resolve():
        raise click.UsageError(f"--out {out} is the model itself: name another file")
    part = out.with_name(f"{out.name}.part")
    try:
        part.write_bytes(content)
        part.replace(out)
    except OSError as error:
        raise ModelError(f"{out}: cannot be written: {error.strerror}") from error


def _facts(bundle: Bundle, spec: BundleSpec, wrapped: Wrapped) -> dict[str, object]:
    calibration = {name: value for name, value in wrapped.calibration._asdict().items() if value is not None}
    return {
        "file": str(bundle.path),
        "name": bundle.name,
        "version": bundle.version,
        "kind": bundle.kind,
        "sha256": bundle.sha256,
        "window": spec.window,
        "features": list(spec.features),
        "offset": spec.scaling.offset.tolist(),
        "scale": spec.scaling.scale.tolist(),
        "n_together": bundle.n_together,
        **calibration,
        **wrapped.fit._asdict(),
    }


def _print_summary(bundle: Bundle, spec: BundleSpec, wrapped: Wrapped, data: CalibrationSeries) -> None:
    fit, console = wrapped.fit, Console(highlight=False, soft_wrap=True)
    baseline = "the last value as forecast" if spec.kind == "forecast" else "the window's own mean"
    console.print(f"[bold]{bundle.path}[/bold]: {bundle.name} {bundle.version}, {bundle.kind}, every check passed")
    console.print(
        f"  calibrated on {fit.n_windows:,} windows of {spec.window}, {data.n_points():,} points of {data.file}"
        + (f" ({data.n_missing:,} rows without a value left out)" if data.n_missing else "")
    )
    console.print(f"  misses {fit.rms:.4g} (root mean square, scaled); {baseline} misses {fit.baseline_rms:.4g}")
    if fit.rms >= fit.baseline_rms:
        console.print(
            "  [yellow]no better than that: is --scaling the one it was trained with, are the features in its order?[/]"
        )
    console.print("  [dim]look at it:[/dim] streamgauge model show", bundle.path)
    console.print(f"  [dim]run it:[/dim]     STREAMGAUGE_MODEL={bundle.path} streamgauge worker")
