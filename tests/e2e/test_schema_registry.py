"""Avro, Protobuf and JSON Schema by the schemas of a real registry, which is away at first."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.ingest_process import IngestProcess
from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.ports import free_ports
from tests.e2e.proxy import Proxy
from tests.e2e.records import consume, produce
from tests.e2e.schema_registry import PATH, SchemaRegistry
from tests.e2e.test_ingest import wait_for_points
from tests.e2e.waiting import wait_for
from tests.unit.ingest import registered
from tests.unit.ingest.registered import avro_message, framed, json_message, proto_message

UNKNOWN = 999_999


def test_messages_with_schemas_wait_for_their_registry_and_become_points(
    kafka: KafkaContainer, names: dict[str, str], tmp_path: Path
) -> None:
    source = f"readings-{names['app_id']}"
    kafka.create_topic(source)
    expected = registered.AVRO_POINTS | registered.PROTO_POINTS | registered.JSON_POINTS
    with SchemaRegistry(tmp_path / "registry.log") as registry:
        avro = registry.register("avro-value", "AVRO", registered.AVRO)
        registry.register("common", "PROTOBUF", registered.COMMON_PROTO)
        reference = {"name": "common.proto", "subject": "common", "version": 1}
        proto = registry.register("proto-value", "PROTOBUF", registered.PROTO, reference)
        json_schema = registry.register("json-value", "JSON", registered.JSON_SCHEMA)
        messages = [avro_message(avro), proto_message(proto), framed(UNKNOWN, b"?"), json_message(json_schema)]
        produce(kafka.bootstrap, source, [(None, message) for message in messages])
        (port,) = free_ports(1)
        settings = {"brokers": kafka.bootstrap, "schema_registry_url": f"http://127.0.0.1:{port}{PATH}", **names}
        with IngestProcess(tmp_path / "ingest.log", source, **settings) as ingest:
            wait_for(lambda: ingest.lines("waiting for the Schema Registry") or None, "a registry that is missed")
            with Proxy(f"127.0.0.1:{registry.port}", port):
                meant = {(series, *point) for series, point in expected.items()}
                wait_for_points(kafka, names["metrics_topic"], meant)
                (letter,) = consume(kafka.bootstrap, names["dead_letter_topic"], 1)
            assert ingest.lines("format found")[0]["format"] == "schema-registry"
            assert ingest.terminate() == 0
    assert letter.value == framed(UNKNOWN, b"?")
    assert f"the registry has no schema {UNKNOWN}" in str(dict(letter.headers))
