"""Messages of a Schema Registry, read as JSON is."""

from __future__ import annotations

from collections.abc import Iterator

from stream.ingest.registry.schemas import Schemas
from stream.ingest.samples.sample import Histogram, Reader, Sample, SampleRow


class RegistryReader:
    """Reads messages whose fields mean what those of a JSON object do.

    Parameters
    ----------
    schemas : Schemas
        Prepared for every message that is read.
    of_json : Reader
        What reads a JSON object of this topic.
    """

    def __init__(self, schemas: Schemas, of_json: Reader) -> None:
        self._schemas = schemas
        self._of_json = of_json

    def __call__(self, value: bytes, received_ms: int) -> Iterator[Sample | SampleRow | Histogram]:
        """Read a message."""
        yield from self._of_json(self._schemas.to_json(value), received_ms)
