"""What hangs has a name."""

from __future__ import annotations

import pytest

from stream.worker.engine import waits as waits_module
from stream.worker.engine.waits import Waits


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> Waits:
    """Return waits of which every one has lasted too long."""
    monkeypatch.setattr(waits_module, "HANG_AFTER_S", -1.0)
    return Waits()


def hangs_on(waits: Waits) -> str | None:
    hang = waits.hang()
    return hang and hang.what


def test_what_has_just_begun_does_not_hang() -> None:
    waits = Waits()
    with waits.on("a leader"):
        assert waits.hang() is None


def test_nothing_hangs_when_nothing_is_waited_for(waits: Waits) -> None:
    with waits.on("a leader"):
        pass
    assert hangs_on(waits) is None


def test_a_part_is_named_before_the_whole_whichever_began_first(waits: Waits) -> None:
    with waits.on("a topic"), waits.on("a checkpoint", is_whole=True):
        assert hangs_on(waits) == "a topic"
        with waits.on("the group coordinator"):
            assert hangs_on(waits) == "the group coordinator"


def test_a_whole_is_named_while_nothing_more_is_known(waits: Waits) -> None:
    with waits.on("a checkpoint", is_whole=True):
        assert hangs_on(waits) == "a checkpoint"
