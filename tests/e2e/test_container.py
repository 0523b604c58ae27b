"""The container that the other end-to-end tests stand on."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
import trustme
from kafka.errors import KafkaError

from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.records import consume, produce

RECORDS = [(b"key-%d" % (n % 7), b"value-%d" % n) for n in range(100)]


@pytest.fixture
def topic(kafka: KafkaContainer) -> str:
    """Return a new topic of two partitions."""
    name = f"container-{uuid.uuid4().hex[:12]}"
    kafka.create_topic(name, partitions=2)
    return name


def login(kafka: KafkaContainer) -> dict[str, object]:
    """Return the options with which kafka-python enters by the secure listener."""
    return {
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": kafka.user,
        "sasl_plain_password": kafka.password,
        "ssl_cafile": str(kafka.ca_file),
        "bootstrap_timeout_ms": 3000,
    }


def test_what_was_produced_is_consumed_in_the_order_of_each_key(kafka: KafkaContainer, topic: str) -> None:
    produce(kafka.bootstrap, topic, RECORDS)
    found = [(record.key, record.value) for record in consume(kafka.bootstrap, topic, len(RECORDS))]
    assert sorted(found, key=lambda pair: pair[0]) == sorted(RECORDS, key=lambda pair: pair[0])


def test_records_outlive_a_killed_broker(kafka: KafkaContainer, topic: str) -> None:
    produce(kafka.bootstrap, topic, RECORDS[:50])
    kafka.restart_after_kill()
    produce(kafka.bootstrap, topic, RECORDS[50:])
    assert len(consume(kafka.bootstrap, topic, len(RECORDS))) == len(RECORDS)


def test_a_user_enters_over_tls_with_scram(kafka: KafkaContainer, topic: str) -> None:
    produce(kafka.secure_bootstrap, topic, RECORDS, login(kafka))
    assert len(consume(kafka.secure_bootstrap, topic, len(RECORDS), login(kafka))) == len(RECORDS)


def test_a_wrong_password_does_not_enter(kafka: KafkaContainer, topic: str) -> None:
    with pytest.raises(KafkaError):
        produce(kafka.secure_bootstrap, topic, RECORDS, login(kafka) | {"sasl_plain_password": "wrong"})


def test_a_broker_of_another_authority_is_not_trusted(kafka: KafkaContainer, topic: str, tmp_path: Path) -> None:
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "other.pem"))
    with pytest.raises(KafkaError):
        produce(kafka.secure_bootstrap, topic, RECORDS, login(kafka) | {"ssl_cafile": str(tmp_path / "other.pem")})
