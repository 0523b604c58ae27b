"""The order of the house: in every folder, what is beside each other imports one way."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

PACKAGES = ["stream", "training", "benchmarks", "tests/faults"]
MOST_MODULES = 13
"""A dozen, and the file that says what the folder is."""


class Import(NamedTuple):
    """One module imports another, in code that runs or for the type checker alone."""

    importer: str
    imported: str


def modules(repository: Path, package: str) -> dict[str, Path]:
    """Name the modules below a package; a folder's own text imports nothing that counts."""
    paths = [path for path in (repository / package).rglob("*.py") if path.name != "__init__.py"]
    return {".".join(path.relative_to(repository).with_suffix("").parts): path for path in paths}


def imports(known: dict[str, Path]) -> Iterator[Import]:
    """Find every import of a known module by another."""
    for importer, path in known.items():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module is not None:
                names = [f"{node.module}.{alias.name}" for alias in node.names]
                yield from (Import(importer, name) for name in {node.module, *names} & known.keys())


def neighbours(found: Import) -> tuple[str, str]:
    """Return the two things beside each other, files or folders, of which the first imports the second."""
    one, other = (name.split(".") for name in found)
    depth = next(n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return ".".join(one[: depth + 1]), ".".join(other[: depth + 1])


@pytest.mark.parametrize("package", PACKAGES)
def test_no_file_and_no_folder_imports_what_imports_it(package: str, repository: Path) -> None:
    order: TopologicalSorter[str] = TopologicalSorter()
    for found in imports(modules(repository, package)):
        order.add(*neighbours(found))
    try:
        order.prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


@pytest.mark.parametrize("package", PACKAGES)
def test_a_folder_holds_at_most_a_dozen_modules(package: str, repository: Path) -> None:
    folders = {path.parent for path in modules(repository, package).values()}
    crowded = [str(folder) for folder in folders if len(list(folder.glob("*.py"))) > MOST_MODULES]
    assert crowded == []
