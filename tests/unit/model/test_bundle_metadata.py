"""What a bundle says of itself: metadata that are no document of ours, or not of this network, are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.model import Bundle, digest
from stream.model.metadata import unsealed, with_document
from tests.unit.model.graphs import good_bundle, good_model, metadata_of, sealed_by_force
from tests.unit.model.refusal import refusal


def test_a_bare_onnx_model_is_refused() -> None:
    error = refusal(unsealed(good_bundle()))
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
def test_metadata_that_is_no_document_is_refused(document: bytes, reason: str) -> None:
    error = refusal(with_document(unsealed(good_bundle()), document))
    assert error.check == "metadata"
    assert reason in error.reason


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"version": "latest"}, "version"), ({"name": "../up"}, "name"), ({"features": ()}, "features")],
)
def test_a_metadata_field_of_the_wrong_form_is_named(changes: dict[str, object], field: str) -> None:
    error = refusal(sealed_by_force(good_bundle(), **changes))
    assert error.check == "metadata"
    assert f"$.{field}" in error.reason


def test_an_unknown_metadata_field_is_refused() -> None:
    document = good_bundle()[len(unsealed(good_bundle())) :].partition(b"{")[2]
    content = with_document(unsealed(good_bundle()), b'{"later":1,' + document)
    assert "unknown field `later`" in refusal(content).reason


def test_two_metadata_documents_are_refused() -> None:
    model = good_model()
    model.metadata_props.append(model.metadata_props[0])
    assert "found 2" in refusal(model.SerializeToString()).reason


def test_other_metadata_properties_may_stand_beside_ours() -> None:
    model = good_model()
    model.metadata_props.add(key="licence", value="ours\nand theirs")
    assert Bundle.from_bytes(sealed_by_force(model), Path("memory")).name == "small"


def test_changed_weights_do_not_have_the_digest() -> None:
    model = good_model()
    model.graph.initializer[0].raw_data = bytes(len(model.graph.initializer[0].raw_data))
    error = refusal(model.SerializeToString())
    assert (error.check, "graph or its weights changed" in error.reason) == ("hashes", True)


def test_changed_metadata_does_not_have_the_checksum() -> None:
    error = refusal(good_bundle().replace(b'"version":"1.2.3"', b'"version":"1.2.4"'))
    assert (error.check, "metadata changed" in error.reason) == ("hashes", True)


def test_bytes_added_around_the_metadata_are_refused() -> None:
    model = good_model()
    model.metadata_props[0].MergeFromString(b"\x1a\x05extra")
    error = refusal(model.SerializeToString())
    assert (error.check, "bytes were added" in error.reason) == ("hashes", True)


def test_a_reason_cannot_command_the_terminal() -> None:
    document = b'{"format": 1, "kind": "\\u001b[2J' + b"long" * 1000 + b'"}'
    error = refusal(with_document(unsealed(good_bundle()), document))
    assert str(error).isprintable()
    assert len(error.reason) <= 500


def test_the_digest_names_the_network_before_and_after_sealing() -> None:
    metadata = metadata_of(good_bundle())
    assert metadata.digest == digest(good_bundle()) == digest(unsealed(good_bundle()))
    assert metadata.digest == digest(sealed_by_force(good_bundle(), name="other", version="2.0.0"))
