"""A step made into a model over several records."""

from __future__ import annotations

import pytest

from stream.errors import ModelError
from stream.model.onnx.graph import describe
from stream.model.onnx.sequence import over_time
from tests.unit.model.graphs import good_bundle

STATES = {"h": "h_next", "c": "c_next"}


def test_the_names_are_those_of_the_step_with_the_records_along_an_axis_in_front() -> None:
    described = describe(over_time(good_bundle(), "inputs", STATES, "parameters"))
    axes = {value.name: len(value.shape or ()) for value in (*described.inputs, *described.outputs)}
    assert axes == {"h": 2, "c": 2, "inputs": 3, "parameters": 3, "h_next": 3, "c_next": 3}


def test_the_step_is_inside_as_it_is() -> None:
    step = describe(good_bundle()).operators
    over = describe(over_time(good_bundle(), "inputs", STATES, "parameters")).operators
    assert {name: n - step.get(name, 0) for name, n in over.items() if n != step.get(name, 0)} == {
        "Scan": 1,
        "Identity": 2,
    }


def test_a_file_without_a_graph_is_refused() -> None:
    with pytest.raises(ModelError, match="expected a graph"):
        over_time(b"", "inputs", STATES, "parameters")
