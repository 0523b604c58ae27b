"""Messages of a Schema Registry, by schemas that a small server gives as Confluent's API does."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.errors import AuthenticationError, BrokerUnreachableError, SettingsError
from stream.formats.rejections import BadMessageError
from stream.ingest.formats import SCHEMA_REGISTRY, recognise
from stream.ingest.readers import flat
from stream.ingest.registry import schemas as registry_schemas
from stream.ingest.registry.client import RegistryClient
from stream.ingest.registry.schemas import RegistryReader, Schemas
from stream.ingest.registry.wire_format import message_indexes
from stream.ingest.samples.sample import Sample, SampleRow
from stream.ingest.samples.series_names import SeriesNames
from stream.settings.settings import Settings
from tests.unit.ingest import registered
from tests.unit.ingest.registered import avro_message, framed, json_message, proto_message

AVRO, PROTO, JSON, UNKNOWN, BROKEN_AVRO, BROKEN_PROTO, ODD = range(1, 8)
REFERENCE = {"name": "common.proto", "subject": "common", "version": 1}
LOGIN = "Basic " + base64.b64encode(b"key:secret").decode()

DOCUMENTS: dict[str, dict[str, object]] = {
    f"/schemas/ids/{AVRO}": {"schema": registered.AVRO},
    f"/schemas/ids/{PROTO}": {"schemaType": "PROTOBUF", "schema": registered.PROTO, "references": [REFERENCE]},
    f"/schemas/ids/{JSON}": {"schemaType": "JSON", "schema": registered.JSON_SCHEMA},
    f"/schemas/ids/{BROKEN_AVRO}": {"schema": '{"type": "record"}'},
    f"/schemas/ids/{BROKEN_PROTO}": {"schemaType": "PROTOBUF", "schema": "message {"},
    f"/schemas/ids/{ODD}": {"schemaType": "THRIFT", "schema": "x"},
    "/subjects/common/versions/1": {"schemaType": "PROTOBUF", "schema": registered.COMMON_PROTO},
}


class Registry(ThreadingHTTPServer):
    """Gives DOCUMENTS to those who log in, unless it is down."""

    status: int | None = None
    n_requests = 0


class Handler(BaseHTTPRequestHandler):
    server: Registry

    def do_GET(self) -> None:
        self.server.n_requests += 1
        document: dict[str, object] = {"error_code": 40403, "message": "Schema not found"}
        status = 404
        if self.server.status is not None:
            status = self.server.status
        elif self.headers.get("Authorization") not in (LOGIN, "Bearer secret"):
            status = 401
        elif self.path in DOCUMENTS:
            status, document = 200, DOCUMENTS[self.path]
        text = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def running() -> Iterator[Registry]:
    server = Registry(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def registry() -> Iterator[Registry]:
    with running() as server:
        yield server


@pytest.fixture(autouse=True)
def up(registry: Registry) -> None:
    registry.status = None


def settings_for(registry: Registry, **more: object) -> Settings:
    login: dict[str, object] = {"schema_registry_username": "key", "schema_registry_password": "secret"}
    url = f"http://127.0.0.1:{registry.server_address[1]}"
    given = login | {"schema_registry_url": url, "allow_registry_without_tls": True} | more
    return Settings.load(None, **given)


def prepared(registry: Registry, *messages: bytes) -> Schemas:
    schemas = Schemas(settings_for(registry))
    asyncio.run(schemas.prepare(messages))
    return schemas


def points(schemas: Schemas, message: bytes) -> dict[str, tuple[int, float]]:
    names, found = SeriesNames(), {}
    for each in RegistryReader(schemas, flat.read)(message, 0):
        assert isinstance(each, (Sample, SampleRow))
        for sample in each.samples() if isinstance(each, SampleRow) else [each]:
            found[names.name(sample.name, sample.labels)] = (sample.timestamp_ms, sample.value)
    return found


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (avro_message(AVRO), registered.AVRO_POINTS),
        (proto_message(PROTO), registered.PROTO_POINTS),
        (json_message(JSON), registered.JSON_POINTS),
        (avro_message(AVRO, cpu=None), {k: v for k, v in registered.AVRO_POINTS.items() if not k.startswith("cpu")}),
    ],
    ids=["avro", "protobuf", "json", "null"],
)
def test_a_message_gives_the_points_that_its_sender_meant(
    registry: Registry, message: bytes, expected: dict[str, tuple[int, float]]
) -> None:
    assert points(prepared(registry, message), message) == expected
    assert recognise([(message, 0)]) == SCHEMA_REGISTRY


def test_a_schema_is_fetched_once(registry: Registry) -> None:
    schemas = prepared(registry, avro_message(AVRO), avro_message(AVRO))
    n_before = registry.n_requests
    asyncio.run(schemas.prepare([avro_message(AVRO), None, b"text"]))
    assert registry.n_requests == n_before


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (framed(UNKNOWN, b"x"), f"the registry has no schema {UNKNOWN}: Schema not found"),
        (framed(BROKEN_AVRO, b"x"), f"schema {BROKEN_AVRO}: an Avro schema that cannot be used"),
        (framed(BROKEN_PROTO, b"x"), f"schema {BROKEN_PROTO}: a Protobuf schema that cannot be compiled"),
        (framed(ODD, b"x"), "of the kind THRIFT, expected AVRO, PROTOBUF or JSON"),
        (avro_message(AVRO)[:-2], f"schema {AVRO}: "),
        (avro_message(AVRO) + b"more", "4 bytes after the end of the message"),
        (framed(PROTO, b"\x02\x08"), "message indexes [4], which the schema does not have"),
        (framed(PROTO, b"\x08\x00"), "message indexes that are cut off"),
        (framed(JSON, b"{"), f"schema {JSON}: "),
        (b"{}", "no zero byte and schema id at the beginning"),
    ],
)
def test_a_message_that_cannot_be_read_is_refused_with_the_reason(
    registry: Registry, message: bytes, text: str
) -> None:
    with pytest.raises(BadMessageError) as caught:
        points(prepared(registry, message), message)
    assert str(caught.value).startswith("format_mismatch: expected the wire format of a Schema Registry: ")
    assert text in str(caught.value)


def test_without_a_registry_it_is_said_what_to_set() -> None:
    with pytest.raises(BadMessageError, match=r"schema 1; set STREAMGAUGE_SCHEMA_REGISTRY_URL"):
        Schemas(Settings()).to_json(avro_message(AVRO))


@pytest.mark.parametrize("status", [500, 503])
def test_a_registry_that_is_down_is_waited_for(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setattr(registry_schemas, "PAUSE_S", 0.01)
    registry.status = status
    schemas = Schemas(settings_for(registry))

    async def come_back() -> None:
        await asyncio.sleep(0.05)
        registry.status = None

    async def both() -> None:
        await asyncio.gather(schemas.prepare([avro_message(AVRO)]), come_back())

    n_before = registry.n_requests
    asyncio.run(both())
    assert points(schemas, avro_message(AVRO)) == registered.AVRO_POINTS
    assert registry.n_requests > n_before + 1


def test_a_wrong_login_is_named_and_not_shown(registry: Registry) -> None:
    with pytest.raises(AuthenticationError, match="refused the login: HTTP 401") as caught:
        RegistryClient(settings_for(registry, schema_registry_password="not-the-secret")).schema(AVRO)
    assert "not-the-secret" not in str(caught.value)


def test_a_password_without_a_user_name_is_a_bearer_token(registry: Registry) -> None:
    assert RegistryClient(settings_for(registry, schema_registry_username=None)).schema(AVRO).kind == "AVRO"


def test_an_address_without_a_registry_is_named(registry: Registry) -> None:
    settings = Settings.load(None, schema_registry_url="http://127.0.0.1:1")
    with pytest.raises(BrokerUnreachableError, match=r"http://127\.0\.0\.1:1 does not answer: Connection refused"):
        RegistryClient(settings).schema(AVRO)


def test_a_login_by_http_is_refused_unless_it_is_allowed(registry: Registry) -> None:
    with pytest.raises(SettingsError, match="http sends the login unencrypted; expected https"):
        settings_for(registry, allow_registry_without_tls=None)


@pytest.mark.parametrize(
    ("data", "indexes"), [(b"\x00x", [0]), (b"\x02\x00x", [0]), (b"\x04\x02\x06x", [1, 3]), (b"\x02\x80\x01x", [64])]
)
def test_message_indexes_are_zigzag_varints(data: bytes, indexes: list[int]) -> None:
    assert message_indexes(data) == (indexes, b"x")


ALL = {AVRO: avro_message(AVRO), PROTO: proto_message(PROTO), JSON: json_message(JSON)}


@pytest.fixture(scope="module")
def all_schemas(registry: Registry) -> Schemas:
    return prepared(registry, *ALL.values())


@given(st.sampled_from(sorted(ALL)), st.data())
def test_a_damaged_message_is_read_or_refused_and_nothing_else(
    all_schemas: Schemas, schema: int, data: st.DataObject
) -> None:
    message = bytearray(ALL[schema])
    for _ in range(data.draw(st.integers(1, 4))):
        message[data.draw(st.integers(5, len(message) - 1))] = data.draw(st.integers(0, 255))
    damaged = bytes(message[: data.draw(st.integers(5, len(message)))])
    try:
        points(all_schemas, damaged)
    except BadMessageError:
        return


@given(st.sampled_from(sorted(ALL)), st.binary(max_size=64))
def test_any_bytes_after_a_known_id_are_read_or_refused_and_nothing_else(
    all_schemas: Schemas, schema: int, body: bytes
) -> None:
    try:
        points(all_schemas, framed(schema, body))
    except BadMessageError:
        return
