"""Who may load what: fresh interpreters tell what was loaded, the source tells who imports whom."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

FOLDERS = [
    *(
        "calibration",
        "changelog",
        "cli",
        "control",
        "detection",
        "events",
        "formats",
        "history",
        "ingest",
        "kafka",
        "library",
        "model",
        "notify",
    ),
    *("page", "plot", "settings", "testing", "worker"),
]
ALLOWED_SIBLINGS = {
    "detection": set(),
    "formats": {"errors"},
    "events": {"detection", "errors", "formats"},
    "model": {"errors"},
    "settings": {"errors"},
    "kafka": {"errors", "formats", "settings"},
    "control": {"errors", "formats", "kafka", "settings"},
    "testing": {"errors", "events", "kafka", "settings"},
    "calibration": {"detection", "errors", "formats", "model"},
    "changelog": {"detection", "errors", "formats", "kafka", "settings"},
    "history": {"errors", "formats", "kafka", "settings"},
    "ingest": {"errors", "events", "formats", "kafka", "settings"},
    "library": {"detection", "errors", "events", "formats", "detectors", "model", "settings", "series_policies"},
    "page": {"control", "detection", "errors", "events", "formats", "kafka", "settings"},
    "plot": {"detection", "errors", "events", "formats", "library"},
    "notify": {"control", "errors", "events", "formats", "kafka", "plot", "settings"},
    "worker": {
        *("detection", "errors", "events", "formats", "detectors", "kafka", "model", "settings", "terminal"),
        *("control", "ingest", "notify", "series_policies"),
    },
}
DISTRIBUTIONS = packages_distributions()
REPORT = "; import sys; print('loaded:', *sys.modules)"


@cache
def loaded_by(code: str, repository: Path) -> set[str]:
    """Run code in a fresh interpreter and name the top-level modules that it loaded."""
    command = [sys.executable, "-c", code + REPORT]
    run = subprocess.run(command, cwd=repository, stdout=subprocess.PIPE, text=True, check=True)
    return {name.partition(".")[0] for name in run.stdout.rpartition("loaded:")[2].split()}


def distributions_of(modules: set[str]) -> set[str]:
    """Name the installed distributions that the modules belong to; the standard library belongs to none."""
    return {distribution for module in modules for distribution in DISTRIBUTIONS.get(module, [])}


def sources(repository: Path, folder: str) -> list[Path]:
    """List the Python files of a folder of stream."""
    return sorted((repository / "stream" / folder).rglob("*.py"))


def modules_of(repository: Path, folder: str) -> list[str]:
    """Name every module of a folder of stream."""
    paths = [path.relative_to(repository).with_suffix("") for path in sources(repository, folder)]
    return [".".join(path.parts).removesuffix(".__init__") for path in paths]


@cache
def imported_by(path: Path, repository: Path) -> set[str]:
    """Name what a file imports anywhere in it, lazily or not, as absolute dotted names."""
    package = path.relative_to(repository).parent.parts
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join([*above, *([node.module] if node.module else [])])
            names |= {f"{base}.{alias.name}" for alias in node.names}
    return names | {name for name in names_imported(ast.parse(path.read_text())) if name is not None}


def names_imported(tree: ast.AST) -> list[str | None]:
    """Name what a file imports by `import_module`, up to what is filled in; None where it begins with that."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    called = [call.args[0] for call in calls if isinstance(call.func, ast.Name) and call.func.id == "import_module"]
    return [_fixed_start(argument) for argument in called]


def _fixed_start(argument: ast.expr) -> str | None:
    if isinstance(argument, ast.JoinedStr) and argument.values:
        argument = argument.values[0]
    return argument.value if isinstance(argument, ast.Constant) and isinstance(argument.value, str) else None


def test_no_module_of_stream_loads_tensorflow_or_training_and_only_the_worker_loads_faust(repository: Path) -> None:
    others = [name for folder in FOLDERS if folder != "worker" for name in modules_of(repository, folder)]
    worker = modules_of(repository, "worker")
    code = f"import {', '.join(others)}; import sys; assert 'faust' not in sys.modules; import {', '.join(worker)}"
    loaded = loaded_by(code, repository)
    assert "faust" in loaded
    assert not loaded & {"tensorflow", "keras", "training"}


def test_detection_loads_numpy_and_its_linker_and_no_compiler_until_it_has_to_compile(repository: Path) -> None:
    linker = loaded_by("import numpy, numpy.typing, llvmlite.binding", repository)
    loaded = loaded_by("import " + ", ".join(modules_of(repository, "detection")), repository)
    assert {"llvmlite", "numpy"} <= distributions_of(loaded)
    assert distributions_of(loaded - linker) == {"streamgauge"}


def test_help_loads_neither_numpy_nor_a_kafka_client_nor_the_runtime(repository: Path) -> None:
    loaded = loaded_by("from stream.cli import main; main(['--help'], standalone_mode=False)", repository)
    assert not loaded & {"numpy", "kafka", "aiokafka", "faust", "onnxruntime", "confluent_kafka", "pydantic"}


def test_the_package_alone_loads_nothing_that_is_installed(repository: Path) -> None:
    loaded = loaded_by("import stream", repository) - loaded_by("pass", repository)
    assert distributions_of(loaded) <= {"streamgauge"}


def test_the_library_loads_no_kafka_client_and_no_frame(repository: Path) -> None:
    loaded = loaded_by("from stream import Detector, backtest, read_csv", repository)
    assert not loaded & {"kafka", "aiokafka", "confluent_kafka", "faust", "pandas", "polars", "matplotlib", "rich"}


@pytest.mark.parametrize("folder", sorted(ALLOWED_SIBLINGS))
def test_a_folder_imports_its_own_modules_and_the_allowed_siblings(folder: str, repository: Path) -> None:
    allowed = ALLOWED_SIBLINGS[folder] | {folder, "__version__"}
    for path in sources(repository, folder):
        siblings = {name.split(".")[1] for name in imported_by(path, repository) if name.startswith("stream.")}
        assert siblings <= allowed, path


@pytest.mark.parametrize(
    ("package", "homes"),
    [
        ("faust", ("stream/worker/",)),
        ("onnxruntime", ("stream/model/",)),
    ],
)
def test_no_file_outside_its_homes_imports_a_package(package: str, homes: tuple[str, ...], repository: Path) -> None:
    importers = [
        str(path.relative_to(repository))
        for path in sources(repository, ".")
        if package in {name.partition(".")[0] for name in imported_by(path, repository)}
    ]
    assert importers
    assert [path for path in importers if not path.startswith(homes)] == []


def test_stream_imports_training_nowhere_and_names_it_in_the_table_of_commands(repository: Path) -> None:
    importing = [path for path in sources(repository, ".") if any_of(imported_by(path, repository), "training")]
    naming = [path for path in sources(repository, ".") if '"training.' in path.read_text()]
    assert importing == []
    assert [str(path.relative_to(repository)) for path in naming] == ["stream/cli/__init__.py"]


def any_of(names: set[str], package: str) -> bool:
    """Check whether one of these modules is of a package."""
    return package in {name.partition(".")[0] for name in names}


def test_every_import_by_a_module_s_name_is_seen(repository: Path) -> None:
    """Or else the other tests would prove nothing of it."""
    calls = [path for path in sources(repository, ".") if "import_module(" in path.read_text()]
    unseen = [path for path in calls if None in names_imported(ast.parse(path.read_text()))]
    assert {str(path.relative_to(repository)) for path in unseen} == {
        "stream/__init__.py",  # The public names, each of `stream.`; mypy sees them too.
        "stream/cli/groups.py",  # Its own commands.
    }
