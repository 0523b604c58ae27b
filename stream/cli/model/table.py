"""A bundle as a table for people."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

from stream.model import Bundle, WindowedForecast, WindowedMetadata, WindowedReconstruction

MOST_ITEMS = 4
"""Of a list in what a bundle was trained with; of a longer one the number is shown, and --json has it."""


def print_table(bundle: Bundle, console: Console) -> None:
    """Print what a bundle is and what it was trained on."""
    table = Table(title=f"{bundle.name} {bundle.version}", title_justify="left", show_header=False, box=None)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for label, text in (*_identity(bundle), *_windows(bundle), *_network(bundle)):
        table.add_row(label, text)
    console.print(table)
    if bundle.metadata.trained:
        console.print(_trained(bundle.metadata.trained))
        console.print("all of it: streamgauge model show --json")


def _identity(bundle: Bundle) -> Iterator[tuple[str, str]]:
    yield "kind", bundle.kind
    yield "features", ", ".join(bundle.metadata.features)
    yield "file", str(bundle.path)
    yield "size", f"{len(bundle.model):,} bytes, {bundle.description.n_weights:,} weights"
    yield "SHA-256", bundle.sha256


def _windows(bundle: Bundle) -> Iterator[tuple[str, str]]:
    metadata = bundle.metadata
    if not isinstance(metadata, WindowedMetadata):
        return
    yield "window", f"{metadata.window} points in, {metadata.n_steps} out"
    per_feature = zip(metadata.features, metadata.offset, metadata.scale, strict=True)
    yield "scaling", "\n".join(f"{feature}: (x - {offset:g}) / {scale:g}" for feature, offset, scale in per_feature)
    if isinstance(metadata, WindowedForecast):
        spreads = zip(metadata.features, metadata.spread, strict=True)
        yield "spread", "\n".join(f"{feature}: {spread:g}" for feature, spread in spreads)
    if isinstance(metadata, WindowedReconstruction):
        yield "cut-off", f"{metadata.cutoff:g}, window error of score 1"
        yield "stride", f"a window is scored every {metadata.stride} points"
    yield (
        "batch",
        (
            f"up to {bundle.n_together} windows at once, bits the same in any batch"
            if bundle.n_together > 1
            else "one window at a time, since bits depend on the batch"
        ),
    )


def _network(bundle: Bundle) -> Iterator[tuple[str, str]]:
    signature, golden = bundle.metadata.signature(), bundle.metadata.golden
    yield "exported by", f"{bundle.description.producer.removesuffix(' None')}, opset {bundle.description.opsets[0][1]}"
    yield "operators", ", ".join(f"{name} ({count})" for name, count in bundle.description.operators.items())
    for label, arrays in (("inputs", signature.inputs), ("outputs", signature.outputs)):
        yield label, "\n".join(f"{name} (batch, {', '.join(map(str, shape))})" for name, shape in arrays.items())
    yield "golden", f"{golden.rows} rows reproduced within {golden.tolerance:g}"


def _trained(facts: dict[str, object]) -> Table:
    """Return a row for each fact, and an indented one for each fact within it."""
    table = Table(title="trained", title_justify="left", show_header=False, box=None)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in facts.items():
        if isinstance(value, dict):
            table.add_row(name, "")
            for inner, part in value.items():
                table.add_row(f"  {inner}", _brief(part))
        else:
            table.add_row(name, _brief(value))
    return table


def _brief(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_brief(part)}" for name, part in value.items())
    if isinstance(value, list):
        is_short = len(value) <= MOST_ITEMS and not any(isinstance(item, dict | list) for item in value)
        return ", ".join(map(_brief, value)) if is_short else f"({len(value):,} values)"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
