"""What a wheel carries and what a set-up installs, both listed by hand."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def project(repository: Path) -> dict[str, Any]:
    """Return pyproject.toml."""
    return tomllib.loads((repository / "pyproject.toml").read_text())


def distribution(requirement: str) -> str:
    """Name the distribution of a requirement as packaging tools compare names."""
    return re.split(r"[^\w.-]", requirement)[0].lower().replace("_", "-")


def test_every_folder_of_modules_is_a_listed_package(project: dict[str, Any], repository: Path) -> None:
    modules = [path for root in ("stream", "training") for path in (repository / root).rglob("*.py")]
    folders = {".".join(path.parent.relative_to(repository).parts) for path in modules}
    assert set(project["tool"]["setuptools"]["packages"]) == folders


def test_every_file_beside_the_modules_is_carried_along(project: dict[str, Any], repository: Path) -> None:
    files = {path for root in ("stream", "training") for path in (repository / root).rglob("*.*") if path.is_file()}
    listed = project["tool"]["setuptools"]["package-data"]
    folders = {repository.joinpath(*package.split(".")): patterns for package, patterns in listed.items()}
    carried = {path for folder, patterns in folders.items() for pattern in patterns for path in folder.glob(pattern)}
    assert carried == {path for path in files if path.suffix != ".py" and "__pycache__" not in path.parts}
    suffixes = {".css", ".gz", ".html", ".js", ".json", ".md", ".onnx", ".svg", ".txt", ".typed"}
    assert {path.suffix for path in carried} == suffixes


def test_every_requirement_has_an_exact_version_in_the_constraints(project: dict[str, Any], repository: Path) -> None:
    extras = project["project"]["optional-dependencies"].values()
    required = [*project["project"]["dependencies"], *(name for extra in extras for name in extra)]
    lines = (repository / "constraints.txt").read_text().splitlines()
    exact = {distribution(line) for line in lines if re.fullmatch(r"[\w.-]+==[\w.]+", line)}
    assert {distribution(name) for name in required} <= exact
