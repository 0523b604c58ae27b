"""What a worker refuses before it starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.errors import SettingsError
from stream.model import Bundle
from stream.settings.rules import Rule
from stream.settings.settings import Settings
from stream.worker.assembly import check_rules
from tests.unit.model.window_graphs import RECONSTRUCTION, sealed, window_model

RULES = (Rule(match="a"), Rule(match="b", transform="none"), Rule(match="c", transform="rate"))


def test_a_reconstruction_model_takes_no_transform() -> None:
    bundle = Bundle.from_bytes(sealed(window_model(), RECONSTRUCTION), Path("model.onnx"))
    check_rules(Settings(rules=RULES[:2]), bundle)
    with pytest.raises(SettingsError, match=r"STREAMGAUGE_RULES, rule 3, transform: expected none, .*; found 'rate'"):
        check_rules(Settings(rules=RULES), bundle)


def test_a_forecaster_takes_every_transform() -> None:
    check_rules(Settings(rules=RULES), Bundle.default())
