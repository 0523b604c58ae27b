from __future__ import annotations

import pytest

from tests.integration.engine.nothing import Nothing
from tests.integration.engine.surviving import Surviving


@pytest.fixture
def engine(tmp_path_factory: pytest.TempPathFactory) -> Surviving:
    """Return an engine that was not started."""
    nothing = Nothing()
    return Surviving(
        "names",
        processor=nothing,
        observer=nothing,
        source_topic="metrics",
        scores_topic=None,
        checkpoint_interval_s=1.0,
        broker="kafka://127.0.0.1:1",
        datadir=str(tmp_path_factory.mktemp("faust")),
    )
