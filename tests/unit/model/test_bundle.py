"""The checks of a bundle: a good one passes them all, each bad one fails at its own and says why."""

from __future__ import annotations

import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace
from onnx import ModelProto, TensorProto, helper, numpy_helper

from stream.errors import ModelError
from stream.model import CHECKS, Bundle, RefusedError, digest
from stream.model.file import MAX_BYTES
from stream.model.metadata import unsealed, with_document
from tests.unit.model.graphs import N_GOLDEN, good_bundle, good_model, metadata_of, sealed_by_force, step_model, value


def refusal(content: bytes, folder: Path) -> RefusedError:
    """Write a bundle, load it and give the error."""
    path = folder / "bad.onnx"
    path.write_bytes(content)
    with pytest.raises(RefusedError) as caught:
        Bundle.load(path)
    return caught.value


def test_a_good_bundle_passes_every_check_in_order(tmp_path: Path) -> None:
    path = tmp_path / "good.onnx"
    path.write_bytes(good_bundle())
    passed: list[str] = []
    bundle = Bundle.load(path, passed.append)
    assert passed == list(CHECKS)
    assert (bundle.name, bundle.version, bundle.kind) == ("small", "1.2.3", "stateful-forecast")
    assert bundle.sha256 == sha256(good_bundle()).hexdigest()


def test_the_shipped_bundle_is_a_stateful_forecast_model() -> None:
    bundle = Bundle.default()
    assert (bundle.name, bundle.kind, bundle.metadata.features) == ("default", "stateful-forecast", ("value",))


def test_a_missing_file_is_refused_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match=f"model {tmp_path}/none.onnx refused .file.*No such file"):
        Bundle.load(tmp_path / "none.onnx")


def test_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "good.onnx").write_bytes(good_bundle())
    (tmp_path / "link.onnx").symlink_to("good.onnx")
    with pytest.raises(RefusedError, match="found a symbolic link: name the file it leads to"):
        Bundle.load(tmp_path / "link.onnx")


def test_a_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="expected a regular file, found a directory"):
        Bundle.load(tmp_path)


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.onnx")
    with pytest.raises(RefusedError, match="expected a regular file"):
        Bundle.load(tmp_path / "pipe.onnx")


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    assert refusal(b"", tmp_path).check == "size"


def test_a_file_above_the_limit_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "large.onnx"
    path.touch()
    os.truncate(path, MAX_BYTES + 1)
    with pytest.raises(RefusedError, match="expected at most 67,108,864 bytes, found 67,108,865"):
        Bundle.load(path)


def test_a_file_that_is_not_onnx_is_refused(tmp_path: Path) -> None:
    error = refusal(b"\x89PNG\r\n\x1a\n", tmp_path)
    assert (error.check, error.exit_code) == ("onnx", 7)


def test_external_data_is_refused(tmp_path: Path) -> None:
    model = good_model()
    model.graph.initializer[0].data_location = TensorProto.EXTERNAL
    error = refusal(sealed_by_force(model), tmp_path)
    assert error.check == "external data"
    assert "the first `w`" in error.reason


@pytest.mark.parametrize(
    ("domain", "version", "reason"),
    [("", 16, "found 16"), ("", 22, "found 22"), ("com.microsoft", 1, "found `com.microsoft`")],
)
def test_an_operator_set_that_was_not_tried_is_refused(domain: str, version: int, reason: str, tmp_path: Path) -> None:
    model = good_model()
    model.opset_import[0].CopyFrom(helper.make_opsetid(domain, version))
    error = refusal(sealed_by_force(model), tmp_path)
    assert error.check == "opset"
    assert reason in error.reason


def test_a_second_operator_set_is_refused(tmp_path: Path) -> None:
    assert refusal(sealed_by_force(step_model()), tmp_path).check == "opset"


def foreign_operator(model: ModelProto) -> None:
    model.graph.node.append(helper.make_node("RandomNormal", [], ["noise"], "noise", shape=[1]))


def foreign_domain(model: ModelProto) -> None:
    model.graph.node.append(helper.make_node("Add", ["h", "c"], ["sum"], "sum", domain="com.evil"))


def control_flow(model: ModelProto) -> None:
    body = helper.make_graph([], "body", [], [])
    model.graph.node.append(helper.make_node("Loop", ["", ""], [], "round", body=body))


def operator_in_a_subgraph(model: ModelProto) -> None:
    body = helper.make_graph([helper.make_node("ImageDecoder", ["h"], ["picture"], "hidden")], "body", [], [])
    model.graph.node.append(helper.make_node("Add", ["h", "c"], ["sum"], "sum", body=body))


def function(model: ModelProto) -> None:
    model.functions.add(name="own", domain="")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (foreign_operator, "operator RandomNormal at `noise`"),
        (foreign_domain, "`com.evil.Add` at `sum`"),
        (control_flow, "no control flow, found Loop at `round`"),
        (operator_in_a_subgraph, "operator ImageDecoder at `hidden`"),
        (function, "1 functions of the model's own"),
    ],
)
def test_an_operator_beyond_the_list_is_refused(
    change: Callable[[ModelProto], None], reason: str, tmp_path: Path
) -> None:
    model = good_model()
    change(model)
    error = refusal(sealed_by_force(model), tmp_path)
    assert error.check == "operators"
    assert reason in error.reason


def test_a_bare_onnx_model_is_refused(tmp_path: Path) -> None:
    error = refusal(unsealed(good_bundle()), tmp_path)
    assert error.check == "metadata"
    assert "expected one metadata property `streamgauge`, found 0" in error.reason


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (b"{", "not a document of format 1"),
        (b"[" * 100_000, "not a document of format 1"),
        (b'{"format": 2, "kind": "stateful-forecast"}', "expected metadata of format 1, found 2"),
        (b'{"format": 1, "kind": "oracle"}', "expected a kind out of stateful-forecast, windowed-forecast"),
        (b'{"format": 1, "kind": "stateful-forecast"}', "missing required field"),
    ],
    ids=["not JSON", "too deep", "another format", "another kind", "a field missing"],
)
def test_metadata_that_is_no_document_is_refused(document: bytes, reason: str, tmp_path: Path) -> None:
    error = refusal(with_document(unsealed(good_bundle()), document), tmp_path)
    assert error.check == "metadata"
    assert reason in error.reason


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"version": "latest"}, "version"), ({"name": "../up"}, "name"), ({"features": ()}, "features")],
)
def test_a_metadata_field_of_the_wrong_form_is_named(changes: dict[str, object], field: str, tmp_path: Path) -> None:
    error = refusal(sealed_by_force(good_bundle(), **changes), tmp_path)
    assert error.check == "metadata"
    assert f"$.{field}" in error.reason


def test_an_unknown_metadata_field_is_refused(tmp_path: Path) -> None:
    document = good_bundle()[len(unsealed(good_bundle())) :].partition(b"{")[2]
    content = with_document(unsealed(good_bundle()), b'{"later":1,' + document)
    assert "unknown field `later`" in refusal(content, tmp_path).reason


def test_two_metadata_documents_are_refused(tmp_path: Path) -> None:
    model = good_model()
    model.metadata_props.append(model.metadata_props[0])
    assert "found 2" in refusal(model.SerializeToString(), tmp_path).reason


def test_other_metadata_properties_may_stand_beside_ours() -> None:
    model = good_model()
    model.metadata_props.add(key="licence", value="ours\nand theirs")
    assert Bundle.from_bytes(sealed_by_force(model), Path("memory")).name == "small"


def test_changed_weights_do_not_have_the_digest(tmp_path: Path) -> None:
    model = good_model()
    model.graph.initializer[0].raw_data = bytes(len(model.graph.initializer[0].raw_data))
    error = refusal(model.SerializeToString(), tmp_path)
    assert (error.check, "graph or its weights changed" in error.reason) == ("hashes", True)


def test_changed_metadata_does_not_have_the_checksum(tmp_path: Path) -> None:
    error = refusal(good_bundle().replace(b'"version":"1.2.3"', b'"version":"1.2.4"'), tmp_path)
    assert (error.check, "metadata changed" in error.reason) == ("hashes", True)


def test_bytes_added_around_the_metadata_are_refused(tmp_path: Path) -> None:
    model = good_model()
    model.metadata_props[0].MergeFromString(b"\x1a\x05extra")
    error = refusal(model.SerializeToString(), tmp_path)
    assert (error.check, "bytes were added" in error.reason) == ("hashes", True)


@pytest.mark.parametrize(
    ("declared", "reason"),
    [
        (value("inputs", 17), r"`inputs` of shape (free, 26), found (free, 17)"),
        (value("inputs", 26, batch=1), r"`inputs` of shape (free, 26), found (1, 26): export the batch free"),
        (value("inputs", 26, element=TensorProto.DOUBLE), "`inputs` of float32, found float64"),
        (value("x", 26), "expected graph inputs c, h, inputs, found c, h, x"),
    ],
    ids=["size", "batch", "type", "name"],
)
def test_another_signature_is_refused(declared: object, reason: str, tmp_path: Path) -> None:
    model = good_model()
    model.graph.input[0].CopyFrom(declared)
    error = refusal(sealed_by_force(model), tmp_path)
    assert error.check == "signature"
    assert reason in error.reason


def test_an_output_without_a_shape_is_refused(tmp_path: Path) -> None:
    model = good_model()
    model.graph.output[0].type.tensor_type.ClearField("shape")
    assert "found no shape" in refusal(sealed_by_force(model), tmp_path).reason


def test_a_graph_that_the_runtime_cannot_use_is_refused(tmp_path: Path) -> None:
    model = good_model()
    model.graph.node[4].input[1] = "nowhere"
    error = refusal(sealed_by_force(model), tmp_path)
    assert error.check == "session"
    assert "ONNX Runtime" in error.reason


def test_wrong_weights_under_fitting_hashes_do_not_give_the_golden_outputs(tmp_path: Path) -> None:
    model = good_model()
    kernel = numpy_helper.to_array(model.graph.initializer[3]) * np.float32(1.001)
    model.graph.initializer[3].CopyFrom(numpy_helper.from_array(kernel, "kernel"))
    error = refusal(sealed_by_force(model), tmp_path)
    assert error.check == "golden"
    assert "expected `parameters` of golden row 0 within 1e-05" in error.reason


@pytest.mark.parametrize("name", ["inputs", "h_next"])
@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_a_golden_row_that_is_not_finite_is_refused(name: str, number: float, tmp_path: Path) -> None:
    golden = metadata_of(good_bundle()).golden
    array = np.frombuffer(getattr(golden, name), "<f4").copy()
    array[5] = number
    error = refusal(sealed_by_force(good_bundle(), golden=replace(golden, **{name: array.tobytes()})), tmp_path)
    assert error.check == "golden"
    assert f"found NaN or infinity in `{name}`" in error.reason


def test_golden_rows_of_another_length_are_refused(tmp_path: Path) -> None:
    golden = replace(metadata_of(good_bundle()).golden, rows=N_GOLDEN + 1)
    error = refusal(sealed_by_force(good_bundle(), golden=golden), tmp_path)
    assert "expected 520 bytes of golden `inputs` for shape (5, 26), found 416" in error.reason


def test_a_reason_cannot_command_the_terminal(tmp_path: Path) -> None:
    document = b'{"format": 1, "kind": "\\u001b[2J' + b"long" * 1000 + b'"}'
    error = refusal(with_document(unsealed(good_bundle()), document), tmp_path)
    assert str(error).isprintable()
    assert len(error.reason) <= 500


def test_the_digest_names_the_network_before_and_after_sealing() -> None:
    metadata = metadata_of(good_bundle())
    assert metadata.digest == digest(good_bundle()) == digest(unsealed(good_bundle()))
    assert metadata.digest == digest(sealed_by_force(good_bundle(), name="other", version="2.0.0"))


def test_a_refusal_is_a_model_error_with_its_exit_code(tmp_path: Path) -> None:
    assert isinstance(refusal(b"", tmp_path), ModelError)
