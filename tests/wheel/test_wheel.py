"""The wheel as somebody gets it who has no clone: what is in it, and whether it works in an empty environment."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from email import message_from_string
from email.message import Message
from pathlib import Path
from zipfile import ZipFile

import pytest

LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)")
"""Target of a Markdown link that is neither absolute nor within its page."""


pytestmark = pytest.mark.timeout(1800)
"""Seconds. Half a gigabyte of packages is installed."""


def run(*command: str | Path, folder: Path, home: Path) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, with a home of its own and no setting of ours."""
    inherited = {name: text for name, text in os.environ.items() if not name.startswith(("STREAMGAUGE_", "PYTHON"))}
    environment = inherited | {"HOME": str(home), "XDG_CACHE_HOME": str(home / ".cache")}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=900, check=False
    )


@pytest.fixture(scope="module")
def wheel(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel that WHEEL names, or a new one."""
    built = os.environ.get("WHEEL")
    if built:
        return (repository / built).resolve()
    command = ["deploy/python/wheel.sh", str(tmp_path_factory.mktemp("dist"))]
    output = subprocess.run(command, cwd=repository, stdout=subprocess.PIPE, text=True, check=True).stdout
    return Path(output.strip())


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    """Return the wheel's metadata; its payload is the description that a package index shows."""
    with ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        return message_from_string(archive.read(name).decode())


@pytest.fixture(scope="module")
def installed(wheel: Path, repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a fresh environment with the wheel and the extra `demo` in it."""
    environment = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    command = [*pip, "--constraint", str(repository / "constraints.txt"), f"{wheel}[demo]"]
    subprocess.run(command, cwd=environment, check=True)
    # As the documentation advises; else the first worker compiles, for minutes where the machine is busy.
    subprocess.run([environment / "bin" / "streamgauge", "prepare"], cwd=environment, check=True)
    return environment


def test_the_metadata_state_the_licence_and_let_it_be_uploaded(metadata: Message) -> None:
    assert metadata["License-Expression"] == "Apache-2.0 AND MIT"
    assert metadata.get_all("License-File") == ["LICENSE", "stream/nab/LICENSE.txt"]
    assert not [text for text in metadata.get_all("Classifier", []) if text.startswith("Private")]


def test_the_description_for_an_index_has_no_link_that_would_be_dead_there(metadata: Message) -> None:
    description = str(metadata.get_payload())
    assert description.startswith("# streamgauge\n\nStreaming anomaly detection for metrics on Kafka.")
    assert not LINK.findall(description)


def test_both_packages_say_that_they_are_typed(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        assert {"stream/py.typed", "training/py.typed"} <= set(archive.namelist())


def test_the_installed_documentation_is_whole(installed: Path) -> None:
    folder = installed / "share" / "doc" / "streamgauge"
    pages = sorted(folder.rglob("*.md"))
    assert {"README.md", "settings.md", "troubleshooting.md"} <= {page.name for page in pages}
    links = [(page, target) for page in pages for target in LINK.findall(page.read_text())]
    outside = {"CONTRIBUTING.md", "LICENSE"}
    assert not [
        (page.name, to) for page, to in links if not (page.parent / to).exists() and Path(to).name not in outside
    ]


def test_the_installed_command_knows_its_version(installed: Path, metadata: Message, tmp_path: Path) -> None:
    told = run(installed / "bin" / "streamgauge", "--version", folder=tmp_path, home=tmp_path)
    assert told.stdout.split()[-1] == metadata["Version"]


def test_the_demo_finds_all_faults_in_an_empty_folder_where_only_the_wheel_is_installed(
    installed: Path, tmp_path: Path
) -> None:
    folder, home = tmp_path / "empty", tmp_path / "home"
    folder.mkdir()
    home.mkdir()
    demo = run(installed / "bin" / "streamgauge", "demo", "--json", folder=folder, home=home)
    assert demo.returncode == 0, demo.stderr
    summary = json.loads(demo.stdout.splitlines()[-1])["summary"]
    assert summary["n_found"] == summary["n_planted"] == 4
    assert not list(folder.iterdir())
