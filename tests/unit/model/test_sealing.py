"""Sealing an exported model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from stream.errors import ModelError
from stream.model import Bundle, Golden, seal
from tests.unit.model.graphs import good_bundle, metadata_of, rows, step_model

FACTS: dict[str, Any] = {
    "name": "small",
    "version": "1.2.3",
    "kind": "stateful-forecast",
    "features": ("value",),
    "trained": {"seed": 3, "data": ["random weights"]},
    "golden": rows(4),
}


def test_sealing_twice_gives_the_same_bytes() -> None:
    assert seal(good_bundle(), **FACTS) == good_bundle()


def test_a_sealed_model_is_still_an_onnx_model() -> None:
    model = onnx.load_from_string(good_bundle())
    onnx.checker.check_model(model)
    assert [entry.key for entry in model.metadata_props] == ["streamgauge"]


def test_everything_said_about_the_model_comes_back() -> None:
    metadata = metadata_of(good_bundle())
    assert (metadata.name, metadata.version, metadata.features) == ("small", "1.2.3", ("value",))
    assert metadata.trained == FACTS["trained"]


def test_golden_outputs_are_what_the_forecaster_gives() -> None:
    golden = metadata_of(good_bundle()).golden
    parameters, h, c = Bundle.from_bytes(good_bundle(), Path("memory")).forecaster().step(*rows(4))
    assert (golden.parameters, golden.h_next, golden.c_next) == (parameters.tobytes(), h.tobytes(), c.tobytes())


def test_an_operator_set_that_no_node_uses_is_left_out() -> None:
    assert [opset.domain for opset in step_model().opset_import] == ["", "ai.onnx.ml"]
    assert [opset.domain for opset in onnx.load_from_string(good_bundle()).opset_import] == [""]


def test_an_operator_set_that_a_node_uses_is_kept_and_refused() -> None:
    model = step_model()
    model.graph.node.append(onnx.helper.make_node("Scaler", ["h"], ["scaled"], "scaled", domain="ai.onnx.ml"))
    with pytest.raises(ModelError, match=r"found `ai\.onnx\.ml`"):
        seal(model.SerializeToString(), **FACTS)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"kind": "oracle"}, "expected kind stateful-forecast, found `oracle`"),
        ({"version": "1"}, "version"),
        ({"golden": Golden(*(array[:, :5] for array in rows(4)))}, "Got invalid dimensions"),
        ({"golden": rows(0)}, "expected at least one golden row, found none"),
        ({"golden": rows(4)._replace(c=np.full((4, 32), np.nan, np.float32))}, "NaN or infinity"),
    ],
    ids=["kind", "version", "golden shape", "no golden row", "golden NaN"],
)
def test_what_would_be_refused_on_load_is_not_sealed(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ModelError, match=reason):
        seal(step_model().SerializeToString(), **FACTS | changes)


def test_a_model_with_other_inputs_is_not_sealed() -> None:
    model = step_model()
    model.graph.input[0].name = "x"
    with pytest.raises(ModelError, match="expected graph inputs c, h, inputs, found c, h, x"):
        seal(model.SerializeToString(), **FACTS)
