"""`streamgauge model`."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from stream.cli.model.command import command
from stream.errors import ModelError
from stream.model import CHECKS
from tests.unit.model.graphs import good_bundle, metadata_of


@pytest.fixture
def good(tmp_path: Path) -> str:
    path = tmp_path / "good.onnx"
    path.write_bytes(good_bundle())
    return str(path)


@pytest.fixture
def cut(tmp_path: Path) -> str:
    path = tmp_path / "cut.onnx"
    path.write_bytes(good_bundle()[:5000])
    return str(path)


def call(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


def test_show_tells_what_the_model_is(good: str) -> None:
    shown = call("show", good).stdout
    for fact in (
        "small 1.2.3",
        "stateful-forecast",
        "opset 18",
        "LSTM (1)",
        "parameters (batch, 11)",
        "4 rows",
    ):
        assert fact in shown
    assert re.search(r"^ seed +3 *$", shown, re.MULTILINE)


def test_show_prints_nested_facts_in_rows_and_counts_the_values_of_lists() -> None:
    shown = " ".join(call("show").stdout.split())
    assert "plan seeds 1, 2, 3 n_updates 7168" in shown
    assert "held_out_losses (8 values)" in shown
    assert '{"' not in shown


def test_show_as_json_is_one_document(good: str) -> None:
    facts = json.loads(call("show", good, "--json").stdout)
    assert facts["inputs"] == {"inputs": [None, 26], "h": [None, 32], "c": [None, 32]}
    assert facts["digest"] == metadata_of(good_bundle()).digest
    assert facts["operators"]["LSTM"] == 1


def test_show_refuses_what_a_worker_would_refuse(cut: str) -> None:
    result = call("show", cut)
    assert isinstance(result.exception, ModelError)
    assert result.stdout == ""


def test_check_names_every_check_as_it_passes(good: str) -> None:
    result = call("check", good)
    assert result.exit_code == 0
    assert [line[11:25].strip() for line in result.stdout.splitlines()[1:-1]] == list(CHECKS)


def test_check_stops_at_the_reason_and_goes_on_with_the_next_file(good: str, cut: str) -> None:
    result = call("check", cut, good)
    assert "  REFUSED  onnx           expected a whole ONNX model" in result.stdout
    assert "small 1.2.3 may be used" in result.stdout
    assert str(result.exception) == "1 of 2 refused"


def test_check_as_json_is_one_object_a_file(good: str, cut: str) -> None:
    refused, accepted = map(json.loads, call("check", "--json", cut, good).stdout.splitlines())
    assert (refused["ok"], refused["passed"], refused["failed"]) == (False, ["file", "size"], "onnx")
    assert (accepted["ok"], accepted["passed"], accepted["failed"]) == (True, list(CHECKS), None)


def test_a_refusal_ends_the_command_with_code_7(cut: str, repository: Path) -> None:
    call = [sys.executable, "-m", "stream", "model", "check", cut]
    ended = subprocess.run(call, cwd=repository, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (7, "error: 1 of 1 refused\n")
