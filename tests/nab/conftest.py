"""NAB's whole corpus: 58 series, which the repository does not hold. `make test-nab` finds or fetches it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.kafka_container import IMAGE, KafkaContainer
from training.evaluation.nab.corpus import File, read_corpus


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Return the folder of the whole corpus."""
    folder = os.environ.get("STREAMGAUGE_NAB")
    if not folder:
        pytest.fail("expected NAB's folder in STREAMGAUGE_NAB, found none: run `make test-nab`", pytrace=False)
    return Path(folder)


@pytest.fixture(scope="session")
def files(corpus: Path) -> list[File]:
    """Return its series, with their labelled windows."""
    return read_corpus(corpus)


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaContainer]:
    """Return a running broker."""
    with KafkaContainer(IMAGE, tmp_path_factory.mktemp("kafka")) as container:
        yield container
