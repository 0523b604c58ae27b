"""How a bundle is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.model import Bundle, RefusedError


def refusal(content: bytes) -> RefusedError:
    """Check a bundle and give the error."""
    with pytest.raises(RefusedError) as caught:
        Bundle.from_bytes(content, Path("bad.onnx"))
    return caught.value
