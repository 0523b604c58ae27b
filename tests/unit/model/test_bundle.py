"""The checks of a bundle: a good one passes them all, and what is no file of a model fails at the first."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

import pytest

from stream.errors import ModelError
from stream.model import CHECKS, Bundle, RefusedError
from stream.model.onnx.file import MAX_BYTES
from tests.unit.model.graphs import good_bundle
from tests.unit.model.refusal import refusal


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
    (tmp_path / "empty.onnx").touch()
    with pytest.raises(RefusedError, match="expected a model, found an empty file"):
        Bundle.load(tmp_path / "empty.onnx")


def test_a_file_above_the_limit_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "large.onnx"
    path.touch()
    os.truncate(path, MAX_BYTES + 1)
    with pytest.raises(RefusedError, match="expected at most 67,108,864 bytes, found 67,108,865"):
        Bundle.load(path)


def test_a_file_that_is_not_onnx_is_refused() -> None:
    error = refusal(b"\x89PNG\r\n\x1a\n")
    assert (error.check, error.exit_code) == ("onnx", 7)


def test_a_refusal_is_a_model_error_with_its_exit_code() -> None:
    assert isinstance(refusal(b""), ModelError)
