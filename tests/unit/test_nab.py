"""The series of NAB in the repository are NAB's own, and the whole corpus is fetched and checked by hash."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import tarfile
from hashlib import sha256
from pathlib import Path

import pytest

from training.book.series import NINE

SERIES, LABELS = "data/made/one.csv", "labels/combined_windows.json"


def listed(sums: Path) -> dict[str, str]:
    """Read a list of hashes; gives the hash by the file's name without its folders."""
    pairs = (line.split() for line in sums.read_text().splitlines())
    return {Path(name).name: digest for digest, name in pairs}


def test_the_shipped_series_are_nabs_byte_for_byte(repository: Path) -> None:
    hashes = listed(repository / "deploy/nab/SHA256SUMS")
    packed = sorted((repository / "tests/data/nab").glob("*.gz"))
    assert {path.stem for path in packed} == {f"{name}.csv" for name in NINE} | {"combined_windows.json"}
    for path in packed:
        assert sha256(gzip.decompress(path.read_bytes())).hexdigest() == hashes[path.stem], path.name


def test_the_list_of_hashes_holds_the_58_series_and_the_labels(repository: Path) -> None:
    names = list(listed(repository / "deploy/nab/SHA256SUMS"))
    assert (len(names), names.count("combined_windows.json")) == (59, 1)


def write_corpus(folder: Path) -> Path:
    for name in (SERIES, LABELS, "LICENSE.txt", "README.md"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"content of {name}\n")
    return folder


class Clone:
    """A clone that holds the script and a list of hashes of a made corpus, which lies in an archive."""

    def __init__(self, folder: Path, repository: Path) -> None:
        self.root = folder / "clone"
        for name in ("deploy/nab/corpus.sh", "deploy/debian/install.sh"):
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(repository / name, self.root / name)
        self.source = write_corpus(folder / "NAB-ea702d7")
        sums = [f"{sha256((self.source / name).read_bytes()).hexdigest()}  {name}\n" for name in (SERIES, LABELS)]
        (self.root / "deploy/nab/SHA256SUMS").write_text("".join(sums))
        self.archive = folder / "nab.tar.gz"

    def corpus(self, **environment: str) -> subprocess.CompletedProcess[str]:
        """Pack the source as it is now, and run the script."""
        with tarfile.open(self.archive, "w:gz") as archive:
            archive.add(self.source, self.source.name)
        inherited = {name: text for name, text in os.environ.items() if name != "STREAMGAUGE_NAB"}
        return subprocess.run(
            [self.root / "deploy/nab/corpus.sh"],
            env=inherited | {"NAB_ARCHIVE": self.archive.as_uri()} | environment,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def clone(tmp_path: Path, repository: Path) -> Clone:
    return Clone(tmp_path, repository)


def test_the_corpus_is_fetched_once_and_holds_series_labels_and_license(clone: Clone) -> None:
    ended = clone.corpus()
    folder = Path(ended.stdout.rstrip("\n"))
    assert (ended.returncode, folder) == (0, clone.root / ".nab"), ended.stderr
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert found == {SERIES, LABELS, "LICENSE.txt"}
    again = clone.corpus(NAB_ARCHIVE="file:///nowhere")
    assert (again.returncode, again.stdout, again.stderr) == (0, ended.stdout, "")


@pytest.mark.parametrize("name", [SERIES, LABELS])
def test_an_archive_with_other_content_is_refused_and_nothing_is_kept(clone: Clone, name: str) -> None:
    (clone.source / name).write_text("other content\n")
    ended = clone.corpus()
    assert (ended.returncode, ended.stdout) == (1, "")
    assert f"{name}: FAILED" in ended.stderr
    assert "expected NAB at commit ea702d7" in ended.stderr
    assert [path.name for path in clone.root.iterdir()] == ["deploy"]


def test_an_archive_with_one_series_more_is_refused(clone: Clone) -> None:
    (clone.source / "data/made/two.csv").write_text("timestamp,value\n")
    ended = clone.corpus()
    assert ended.returncode == 1
    assert "< data/made/two.csv" in ended.stderr


def test_an_archive_that_cannot_be_fetched_is_reported_with_what_to_do(clone: Clone) -> None:
    ended = clone.corpus(NAB_ARCHIVE="file:///nowhere/nab.tar.gz")
    assert ended.returncode == 1
    assert "NAB could not be fetched: try again where file:///nowhere/nab.tar.gz can be reached" in ended.stderr
    assert [path.name for path in clone.root.iterdir()] == ["deploy"]


def test_a_corpus_of_the_setting_is_taken_where_it_is(clone: Clone) -> None:
    ended = clone.corpus(STREAMGAUGE_NAB=str(clone.source))
    assert (ended.returncode, ended.stdout) == (0, f"{clone.source}\n"), ended.stderr
    assert not (clone.root / ".nab").exists()


def test_a_corpus_of_the_setting_with_other_content_is_refused(clone: Clone) -> None:
    (clone.source / SERIES).write_text("other content\n")
    ended = clone.corpus(STREAMGAUGE_NAB=str(clone.source))
    assert (ended.returncode, ended.stdout) == (1, "")
    assert f"{SERIES}: FAILED" in ended.stderr
    assert "name a copy of that commit, or unset STREAMGAUGE_NAB" in ended.stderr


def test_a_fetched_corpus_that_was_changed_since_is_refused(clone: Clone) -> None:
    clone.corpus()
    (clone.root / ".nab" / SERIES).write_text("other content\n")
    ended = clone.corpus()
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "remove the folder and try again" in ended.stderr
