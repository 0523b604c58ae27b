"""The field's language: no private words in names or summaries, no class name twice, short summaries."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from statistics import median, quantiles

INSTEAD = {
    **dict.fromkeys(("hear", "hears", "heard"), "receive, seen, last_seen"),
    **dict.fromkeys(("tell", "tells", "told", "untold"), "report, notify, notified"),
    **dict.fromkeys(("say", "says", "said"), "describe, format, on_event"),
    **dict.fromkeys(("speak", "speaks", "spoke", "spoken"), "send, sent"),
    **dict.fromkeys(("listen", "listener", "listening"), "monitor"),
    **dict.fromkeys(("witness", "witnesses"), "component, evidence"),
    **dict.fromkeys(("foresee", "foreseen"), "forecast"),
    **dict.fromkeys(("weigh", "weighs", "weighed"), "score"),
    **dict.fromkeys(("reckon", "reckoning"), "compute, results"),
    **dict.fromkeys(("judge", "judges", "judged", "judging", "judgement", "judgements"), "score, evaluate"),
    **dict.fromkeys(("wake", "woken", "awake"), "hydrate"),
    **dict.fromkeys(("trainee", "trainees", "lessons", "rivals"), "seed_run, dataset, paired"),
    **dict.fromkeys(("luck", "lucks"), "perturbation"),
    **dict.fromkeys(("greet", "attentive"), "handshake"),
    **dict.fromkeys(("newcomer", "newcomers", "intake"), "admission, decoded"),
    **dict.fromkeys(("treatment", "treatments", "rulebook"), "policy"),
    "audience": "reporter",
    "climate": "baseline",
    "familiar": "seen",
    "recollection": "stored state",
    "rhythm": "seasonality",
}
"""Words that are no part of a name, with what to use."""

GAUGE = "gauge"
"""Prometheus's word for a kind of metric, and nobody else's: the worker's metrics and `ingest` speak of those."""

NO_BEGINNINGS = {"Give", "Gives", "Hear", "Judge", "Say", "Says", "Tell", "Tells", "Weigh"}
"""A summary begins with `Return`, `Compute`, `Check`, ..., or with the noun that it is about."""

MEDIAN_WORDS = 9
P90_WORDS = 14


def files(repository: Path, *folders: str) -> list[Path]:
    """List the Python files of folders."""
    return sorted(path for folder in folders for path in (repository / folder).rglob("*.py"))


@cache
def parsed(source: str) -> ast.Module:
    """Parse a source once for all tests."""
    return ast.parse(source)


def names(tree: ast.AST) -> Iterator[str]:
    """Yield every name that a file defines: functions, classes, parameters, variables and attributes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr


def words(name: str) -> list[str]:
    """Split a name in snake or camel case into its words."""
    return [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)]


def private_words(source: str, *, is_prometheus: bool = False) -> list[str]:
    """Return the names of a source that hold a private word, each with what to use instead."""
    instead = INSTEAD if is_prometheus else INSTEAD | {GAUGE: "detector"}
    found = sorted(set(names(parsed(source))))
    return [f"{name}: {instead[word]}" for name in found for word in words(name) if word in instead]


def summaries(source: str) -> list[str]:
    """Return the first line of every docstring."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    texts = [ast.get_docstring(node) for node in ast.walk(parsed(source)) if isinstance(node, kinds)]
    return [text.strip().split("\n")[0] for text in texts if text]


def private_beginnings(source: str) -> list[str]:
    """Return the summaries that begin with a private word."""
    return [text for text in summaries(source) if text.split()[0] in NO_BEGINNINGS]


def classes_twice(sources: list[str]) -> list[str]:
    """Return the class names that occur more than once."""
    found = [node.name for text in sources for node in ast.walk(parsed(text)) if isinstance(node, ast.ClassDef)]
    return sorted(name for name, n in Counter(found).items() if n > 1)


def is_about_prometheus(path: Path) -> bool:
    """Check whether "gauge" is a kind of metric there."""
    return path.name == "metrics.py" or "ingest" in path.parts


def test_no_name_holds_a_private_word(repository: Path) -> None:
    found = {
        f"{path.relative_to(repository)}": private
        for path in files(repository, "stream", "training")
        if (private := private_words(path.read_text(), is_prometheus=is_about_prometheus(path)))
    }

    assert found == {}


def test_no_summary_begins_with_a_private_word(repository: Path) -> None:
    found = {
        f"{path.relative_to(repository)}": private
        for path in files(repository, "stream", "training")
        if (private := private_beginnings(path.read_text()))
    }

    assert found == {}


def test_a_class_name_occurs_in_one_module_of_stream(repository: Path) -> None:
    assert classes_twice([path.read_text() for path in files(repository, "stream")]) == []


def test_summaries_are_short(repository: Path) -> None:
    n_words = [len(text.split()) for path in files(repository, "stream") for text in summaries(path.read_text())]

    assert median(n_words) <= MEDIAN_WORDS
    assert quantiles(n_words, n=10)[-1] <= P90_WORDS


def test_an_offender_is_found() -> None:
    offender = '"""Give it."""\nclass RuleJudge:\n    def __init__(self, n_told):\n        self.heard_s = n_told\n'

    assert private_words(offender) == [
        "RuleJudge: score, evaluate",
        "heard_s: receive, seen, last_seen",
        "n_told: report, notify, notified",
    ]
    assert private_beginnings(offender) == ["Give it."]
    assert classes_twice([offender, offender]) == ["RuleJudge"]


def test_a_word_within_another_is_no_offence() -> None:
    assert private_words("weight = hearth = essay = gauges = 0") == []
