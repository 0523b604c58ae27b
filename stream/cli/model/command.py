"""`streamgauge model`: show or check a model bundle."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from stream.cli.echo import echo
from stream.cli.groups import SuggestingGroup
from stream.cli.model.wrap import wrap_command
from stream.detectors import chosen_bundle
from stream.errors import ModelError
from stream.model import CHECKS, Bundle, RefusedError, WindowedForecast, WindowedMetadata, WindowedReconstruction

MOST_ITEMS = 4
"""Of a list in what a bundle was trained with; of a longer one the number is shown, and --json has it."""

FILE = click.Path(path_type=Path)

SHOW_EXAMPLES = """\b
Examples:
  streamgauge model show
  streamgauge model show models/taxi/1.2.0.onnx
  streamgauge model show --json | jq .trained
"""

CHECK_EXAMPLES = """\b
Examples:
  streamgauge model check models/taxi/1.2.0.onnx
  streamgauge model check --json models/*/*.onnx
"""


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


@click.group(cls=SuggestingGroup)
def command() -> None:
    """Show or check a model bundle, one ONNX file that carries its own metadata, or make one of your own model.

    A worker starts on a bundle only after every check has passed; these commands make the same checks. The format is
    described in docs/model-bundle.md, the way there in docs/bring-your-own-model.md.
    """


command.add_command(wrap_command)


@command.command(epilog=SHOW_EXAMPLES, short_help="Show what a bundle is and what it was trained on.")
@click.argument("file", type=FILE, required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of the table.")
def show(file: Path | None, as_json: bool) -> None:
    """Show what the bundle FILE is and what it was trained on.

    Without FILE it is the bundle that ships with streamgauge. FILE is checked first; when it is refused, the reason is
    printed and the exit code is 7.
    """
    bundle = chosen_bundle(file)
    if as_json:
        click.echo(json.dumps(_facts(bundle), indent=2))
    else:
        print_table(bundle, Console(markup=False, highlight=False))


@command.command(epilog=CHECK_EXAMPLES, short_help="Check bundles as a worker does before it uses one.")
@click.argument("files", type=FILE, nargs=-1, required=True, metavar="FILE...")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per file, each on a line.")
def check(files: tuple[Path, ...], as_json: bool) -> None:
    """Check each FILE as a worker does before it uses a model; stop at the first check that fails.

    The model runs only after everything that can be read from its bytes has been checked. Exit code 7 if any FILE is
    refused.
    """
    outcomes = [_check_as_json(file) if as_json else _check_as_lines(file) for file in files]
    if not all(outcomes):
        raise ModelError(f"{outcomes.count(False)} of {len(files)} refused")


def _check_as_json(file: Path) -> bool:
    passed: list[str] = []
    outcome: dict[str, object] = {"file": str(file), "ok": True, "passed": passed, "failed": None, "reason": None}
    try:
        bundle = Bundle.load(file, passed.append)
        outcome |= {"name": bundle.name, "version": bundle.version, "sha256": bundle.sha256}
    except RefusedError as refusal:
        outcome |= {"ok": False, "failed": refusal.check, "reason": refusal.reason}
    click.echo(json.dumps(outcome))
    return outcome["ok"] is True


def _check_as_lines(file: Path) -> bool:
    def line(mark: str, colour: str, check: str, text: str) -> None:
        echo(f"  {click.style(f'{mark:<8}', fg=colour)} {check:<14} {text}", indent=26)

    click.secho(str(file), bold=True)
    try:
        bundle = Bundle.load(file, lambda check: line("passed", "green", check, CHECKS[check]))
    except RefusedError as refusal:
        line("REFUSED", "red", refusal.check, refusal.reason)
        return False
    echo(f"  {bundle.name} {bundle.version} may be used: {bundle.kind}, SHA-256 {bundle.sha256}", indent=2)
    return True


def _facts(bundle: Bundle) -> dict[str, object]:
    """Return all facts about a bundle as plain JSON."""
    description, metadata = bundle.description, bundle.metadata
    signature = metadata.signature()
    return {
        "name": bundle.name,
        "version": bundle.version,
        "kind": bundle.kind,
        "features": list(metadata.features),
        "file": str(bundle.path),
        "bytes": len(bundle.model),
        "sha256": bundle.sha256,
        "digest": metadata.digest,
        "exporter": description.producer,
        "opset": description.opsets[0][1],
        "operators": description.operators,
        "weights": description.n_weights,
        "inputs": {name: [None, *shape] for name, shape in signature.inputs.items()},
        "outputs": {name: [None, *shape] for name, shape in signature.outputs.items()},
        "golden": {"rows": metadata.golden.rows, "tolerance": metadata.golden.tolerance},
        **(_window_facts(metadata, bundle.n_together) if isinstance(metadata, WindowedMetadata) else {}),
        "trained": metadata.trained,
    }


def _window_facts(metadata: WindowedMetadata, n_together: int) -> dict[str, object]:
    """Return the facts of a windowed bundle alone."""
    facts: dict[str, object] = {"window": metadata.window, "n_steps": metadata.n_steps}
    facts |= {field: list(numbers) for field, numbers in metadata.per_feature().items()}
    if isinstance(metadata, WindowedReconstruction):
        facts |= {"cutoff": metadata.cutoff, "stride": metadata.stride}
    return facts | {"n_together": n_together}
