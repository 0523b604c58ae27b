"""An import of stream does nothing but import: it opens no file, starts nothing and reads no environment variable."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

IMPORT_EVERYTHING = '''
import os, sys
from importlib import import_module
from types import FrameType

HOME = os.path.join(os.getcwd(), "stream") + os.sep
OF_OTHERS = {"LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG", "PYDANTIC_DISABLE_PLUGINS"}  # read by gettext and pydantic
EFFECTS = ("open", "os.", "shutil.", "tempfile.", "socket.", "subprocess.")

def of_stream(frame: FrameType | None) -> str | None:
    """Name the line of stream that did it, unless it did so by an import of another module."""
    while frame is not None:
        name = frame.f_code.co_filename
        if name.startswith(HOME):
            return f"{name[len(HOME):]}:{frame.f_lineno}"
        if "importlib" in name:
            return None
        frame = frame.f_back
    return None

def report(what: object) -> None:
    if line := of_stream(sys._getframe(2)):
        print(line, what)

def audit(event: str, arguments: tuple[object, ...]) -> None:
    if event.startswith(EFFECTS) and event not in ("os.putenv", "os.unsetenv"):
        report((event, *arguments[:1]))

class Reported(type(os.environ)):
    def __getitem__(self, name: str) -> str:
        if name not in OF_OTHERS:
            report(("environment", name))
        return super().__getitem__(name)

    def __iter__(self):
        report(("environment", "all"))
        return super().__iter__()

os.environ.__class__ = Reported
sys.addaudithook(audit)
for name in sys.argv[1:]:
    import_module(name)
'''


def modules(repository: Path) -> list[str]:
    """Name every module of stream that can be imported without being run."""
    paths = [path.relative_to(repository).with_suffix("") for path in sorted((repository / "stream").rglob("*.py"))]
    return [".".join(path.parts).removesuffix(".__init__") for path in paths if path.name != "__main__"]


def effects(names: list[str], folder: Path) -> list[str]:
    """Import modules in a fresh interpreter and list what they did besides."""
    command = [sys.executable, "-c", IMPORT_EVERYTHING, *names]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout.splitlines()


def test_an_import_of_any_module_of_stream_opens_no_file_and_reads_no_environment(repository: Path) -> None:
    assert effects(modules(repository), repository) == []


def test_a_module_that_does_so_is_noticed(tmp_path: Path) -> None:
    """Or else the test above would prove nothing."""
    (tmp_path / "stream").mkdir()
    (tmp_path / "stream" / "reads.py").write_text(
        "import os, pathlib\n"
        "os.environ.get('HOME')\n"
        "dict(os.environ)\n"
        "pathlib.Path('made').mkdir()\n"
        "pathlib.Path('made/x').write_text('x')\n"
        "import inner\n"
    )
    (tmp_path / "inner.py").write_text("import os; os.environ.get('HOME')")
    lines = {line.partition(" ")[0] for line in effects(["stream.reads"], tmp_path)}
    assert lines == {f"reads.py:{line}" for line in (2, 3, 4, 5)}
