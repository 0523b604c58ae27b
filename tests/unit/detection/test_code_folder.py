"""Compiled code is kept for the processes to come, for its version alone, and only where nobody else can write."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from stream.cli.prepare import prepare_detector
from stream.detection.compiler import code_folder
from stream.detection.scoring import precompile

NAME = "compiled-1"
PYTHON = [sys.executable, "-c"]
PREPARE = "from stream.cli.prepare import prepare_detector; prepare_detector()"


def chosen(*bases: Path) -> Path | None:
    """Choose among bases in their order."""
    return code_folder.first_usable(iter(bases), NAME)


@pytest.fixture
def read_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing be written in directories that are named "image": to root, who runs the tests, no mode is a bar."""
    mkdir = Path.mkdir

    def refused(self: Path, mode: int = 0o777, parents: bool = False, exist_ok: bool = False) -> None:
        if "image" in self.parts:
            raise PermissionError(13, "read-only")
        mkdir(self, mode, parents, exist_ok)

    monkeypatch.setattr(Path, "mkdir", refused)


def test_a_directory_is_made_that_only_its_owner_may_write(tmp_path: Path) -> None:
    directory = chosen(tmp_path / "cache")
    assert directory == tmp_path / "cache" / NAME
    assert stat.S_IMODE(directory.stat().st_mode) & 0o022 == 0


@pytest.mark.parametrize("mode", [0o777, 0o775, 0o757])
def test_a_directory_that_others_may_write_is_passed_over(tmp_path: Path, mode: int) -> None:
    (tmp_path / "open" / NAME).mkdir(parents=True)
    (tmp_path / "open" / NAME).chmod(mode)
    assert chosen(tmp_path / "open", tmp_path / "own") == tmp_path / "own" / NAME


def test_a_directory_of_another_user_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = tmp_path / "theirs" / NAME
    directory.mkdir(parents=True, mode=0o755)
    os.chown(directory, 12_345, -1)
    monkeypatch.setattr(os, "geteuid", lambda: 54_321)
    assert not code_folder.is_trusted(directory)


@pytest.mark.usefixtures("read_only")
def test_what_can_only_be_read_is_used_as_it_is(tmp_path: Path) -> None:
    os.makedirs(tmp_path / "image" / NAME, mode=0o755)
    assert chosen(tmp_path / "image", tmp_path / "own") == tmp_path / "image" / NAME


@pytest.mark.usefixtures("read_only")
def test_where_nothing_can_be_written_nothing_is_kept(tmp_path: Path) -> None:
    assert chosen(tmp_path / "image") is None


def test_another_version_of_any_source_has_another_name(tmp_path: Path) -> None:
    names = set()
    for inner in ("a = 1", "a = 2"):
        (tmp_path / "outer.py").write_text("import inner")
        (tmp_path / "inner.py").write_text(inner)
        names.add(code_folder.version(tmp_path))
    assert len(names) == 2


def test_sources_that_are_replaced_after_their_import_are_noticed(tmp_path: Path) -> None:
    """Or else the code of the old ones would be kept under the name of the new ones."""
    (tmp_path / "old.py").write_text("a = 1")
    written_s = (tmp_path / "old.py").stat().st_ctime
    assert not code_folder.is_replaced(tmp_path, written_s)
    assert code_folder.is_replaced(tmp_path, written_s - 1)


def test_a_process_that_finds_no_code_says_that_it_compiles(tmp_path: Path) -> None:
    """It is ended at that: to compile takes half a minute, and making the environment has done so once."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    with subprocess.Popen([*PYTHON, PREPARE], env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        process.send_signal(signal.SIGINT)  # It takes the processes that compile with it.
    assert line.startswith("compiling the detector, once for this version")


def test_a_process_that_finds_code_does_not_load_the_compiler() -> None:
    prepare_detector()
    script = f"{PREPARE};import sys;print('numba' in sys.modules, 'llvmlite' in sys.modules)"
    second = subprocess.run([*PYTHON, script], check=True, capture_output=True, text=True)
    assert (second.stdout.split(), second.stderr) == (["False", "True"], "")


@pytest.mark.parametrize(("is_writable", "expected"), [(True, ["aside", "here"]), (False, ["here"])])
def test_other_processes_compile_only_where_the_code_can_be_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, is_writable: bool, expected: list[str]
) -> None:
    compiled: list[str] = []
    monkeypatch.setattr(precompile, "code_folder", lambda: tmp_path)
    monkeypatch.setattr(precompile, "is_prepared", lambda: False)
    monkeypatch.setattr(os, "access", lambda _folder, _mode: is_writable)
    monkeypatch.setattr(precompile, "_compile_aside", lambda: compiled.append("aside"))
    monkeypatch.setattr(precompile, "PARTS", (lambda: compiled.append("here"),))
    precompile.prepare()
    assert compiled == expected


def test_a_process_that_cannot_be_started_leaves_its_part_to_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    precompile._compile_aside()
