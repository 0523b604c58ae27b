"""Apache Kafka in a container: the public apache/kafka image, or one with the same interface."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Self

import trustme
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from kafka import KafkaAdminClient
from kafka.admin import NewTopic, ScramMechanism, UserScramCredentialUpsertion
from kafka.errors import KafkaError
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer

from tests.e2e.oidc_server import AUDIENCE, ISSUER, TokenIssuer
from tests.e2e.ports import free_ports
from tests.e2e.waiting import wait_for

# Its clean-up container is a second image to pull; the fixtures end what they start.
testcontainers_config.ryuk_disabled = True

KEY_FILE = "/etc/kafka/secrets/broker.pem"
IMAGE = os.environ.get("KAFKA_IMAGE", "apache/kafka:4.1.0")
JWKS_FILE = "/etc/kafka/secrets/jwks.json"
AUTHORITY_FILE = "/etc/kafka/secrets/authority.pem"
LISTENERS = {
    **{"HOST": 9092, "SECURE": 9094, "TOKEN": 9095, "MUTUAL": 9096},
    **{"PROXIED": 9097, "INNER": 19092, "CONTROLLER": 9093},
}
"""Ports inside the container. SECURE is not called SASL_SSL: the public image would then demand files of its own."""

PROTOCOLS = {"SECURE": "SASL_SSL", "TOKEN": "SASL_SSL", "MUTUAL": "SSL"}
"""Of the listeners that encrypt."""


def broker_pem(authority: trustme.CA, host: str) -> bytes:
    """Issue the broker's certificate: its key as PKCS#8, the only form that Kafka reads, then the chain."""
    certificate = authority.issue_cert(host, "localhost")
    key = load_pem_private_key(certificate.private_key_pem.bytes(), password=None)
    chain = b"".join(blob.bytes() for blob in certificate.cert_chain_pems)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + chain


class KafkaContainer(DockerContainer):
    """One node, broker and controller, that keeps its ports and its data when it is killed and started again.

    Parameters
    ----------
    image : str
        Name of an image with the interface of apache/kafka.
    directory : Path
        Where the certificate of the broker's authority is written.

    Attributes
    ----------
    bootstrap, secure_bootstrap : str
        Addresses for clients on this machine: in clear text; over TLS with SCRAM-SHA-512 as `user` with `password`.
    token_bootstrap, mutual_bootstrap : str
        Over TLS: with tokens of `issuer` by OAUTHBEARER; with a certificate of `authority`.
    proxied_bootstrap, proxy_target : str
        Address for clients behind a `Proxy`, which has to listen there, and the address that it relays to.
    ca_file : Path
        The authority that clients over TLS must trust.
    """

    user = "gauge"
    password = "a-password-of-the-tests"

    def __init__(self, image: str, directory: Path) -> None:
        super().__init__(image)
        host = self.get_docker_client().host().replace("localhost", "127.0.0.1")
        outer = [name for name in LISTENERS if name not in ("INNER", "CONTROLLER")]
        self._addresses = {}
        *ports, proxy_port = free_ports(len(outer) + 1)
        for name, port in zip(outer, ports, strict=True):
            self._addresses[name] = f"{host}:{port}"
            self.with_bind_ports(LISTENERS[name], port)
        self.proxy_target = self._addresses["PROXIED"]
        self.proxied_bootstrap = self._addresses["PROXIED"] = f"127.0.0.1:{proxy_port}"
        self.bootstrap, self.secure_bootstrap = self._addresses["HOST"], self._addresses["SECURE"]
        self.token_bootstrap, self.mutual_bootstrap = self._addresses["TOKEN"], self._addresses["MUTUAL"]
        self.with_envs(**self._node(), **self._listeners(), **self._security())
        self._trust(host, directory)

    def _trust(self, host: str, directory: Path) -> None:
        self.authority, self.issuer = trustme.CA(), TokenIssuer()
        self.ca_file = directory / "ca.pem"
        self.authority.cert_pem.write_to_path(str(self.ca_file))
        self.with_copy_into_container(broker_pem(self.authority, host), KEY_FILE, 0o644)
        self.with_copy_into_container(self.authority.cert_pem.bytes(), AUTHORITY_FILE, 0o644)
        self.with_copy_into_container(self.issuer.jwks(), JWKS_FILE, 0o644)

    def _node(self) -> dict[str, str]:
        return {
            "KAFKA_NODE_ID": "1",
            "KAFKA_PROCESS_ROLES": "broker,controller",
            "KAFKA_CONTROLLER_QUORUM_VOTERS": f"1@localhost:{LISTENERS['CONTROLLER']}",
            "KAFKA_LOG_DIRS": "/var/lib/kafka/data",
            "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
            "KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS": "4",
            "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
            "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
            "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
            "KAFKA_TRANSACTION_STATE_LOG_NUM_PARTITIONS": "1",
            "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
            # For tests of rights: everything is allowed that no rule forbids, and all to clients without a login.
            "KAFKA_AUTHORIZER_CLASS_NAME": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "KAFKA_ALLOW_EVERYONE_IF_NO_ACL_FOUND": "true",
            "KAFKA_SUPER_USERS": "User:ANONYMOUS",
            # A killed broker may not come back before its old registration has died: 9 s unless set.
            "KAFKA_BROKER_SESSION_TIMEOUT_MS": "3000",
            "KAFKA_BROKER_HEARTBEAT_INTERVAL_MS": "500",
            # 128 MB unless set: too much for a heap that also holds a thousand partitions of tests.
            "KAFKA_LOG_CLEANER_DEDUPE_BUFFER_SIZE": "33554432",
            # Compaction is looked for every 15 s unless set.
            "KAFKA_LOG_CLEANER_BACKOFF_MS": "2000",
            "KAFKA_HEAP_OPTS": "-Xms256m -Xmx512m",
            "KAFKA_JVM_PERFORMANCE_OPTS": (
                "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 "
                f"-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=file://{JWKS_FILE}"
            ),
        }

    def _listeners(self) -> dict[str, str]:
        advertised = self._addresses | {"INNER": f"localhost:{LISTENERS['INNER']}"}
        return {
            "KAFKA_LISTENERS": ",".join(f"{name}://:{port}" for name, port in LISTENERS.items()),
            "KAFKA_ADVERTISED_LISTENERS": ",".join(f"{name}://{address}" for name, address in advertised.items()),
            "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": ",".join(
                f"{name}:{PROTOCOLS.get(name, 'PLAINTEXT')}" for name in LISTENERS
            ),
            "KAFKA_INTER_BROKER_LISTENER_NAME": "INNER",
            "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        }

    def _security(self) -> dict[str, str]:
        login = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        plain = f'org.apache.kafka.common.security.plain.PlainLoginModule required user_{self.user}="{self.password}";'
        return {
            "KAFKA_SASL_ENABLED_MECHANISMS": "PLAIN,SCRAM-SHA-512",
            "KAFKA_LISTENER_NAME_SECURE_PLAIN_SASL_JAAS_CONFIG": plain,
            "KAFKA_LISTENER_NAME_SECURE_SCRAM___SHA___512_SASL_JAAS_CONFIG": login,
            **{f"KAFKA_LISTENER_NAME_{name}_SSL_KEYSTORE_TYPE": "PEM" for name in PROTOCOLS},
            **{f"KAFKA_LISTENER_NAME_{name}_SSL_KEYSTORE_LOCATION": KEY_FILE for name in PROTOCOLS},
            "KAFKA_LISTENER_NAME_MUTUAL_SSL_CLIENT_AUTH": "required",
            "KAFKA_LISTENER_NAME_MUTUAL_SSL_TRUSTSTORE_TYPE": "PEM",
            "KAFKA_LISTENER_NAME_MUTUAL_SSL_TRUSTSTORE_LOCATION": AUTHORITY_FILE,
            **self._tokens(),
        }

    def _tokens(self) -> dict[str, str]:
        package = "org.apache.kafka.common.security.oauthbearer"
        login = f"{package}.OAuthBearerLoginModule required;"
        settings = {
            "SASL_ENABLED_MECHANISMS": "OAUTHBEARER",
            "OAUTHBEARER_SASL_JAAS_CONFIG": login,
            "OAUTHBEARER_SASL_SERVER_CALLBACK_HANDLER_CLASS": f"{package}.OAuthBearerValidatorCallbackHandler",
            # A session lives as long as its token, an hour at most; unless set, a token is checked once.
            "OAUTHBEARER_CONNECTIONS_MAX_REAUTH_MS": "3600000",
            # The default of Kafka 4.1.0 does not check signatures.
            "SASL_OAUTHBEARER_JWT_VALIDATOR_CLASS": f"{package}.BrokerJwtValidator",
            "SASL_OAUTHBEARER_JWKS_ENDPOINT_URL": f"file://{JWKS_FILE}",
            "SASL_OAUTHBEARER_EXPECTED_AUDIENCE": AUDIENCE,
            "SASL_OAUTHBEARER_EXPECTED_ISSUER": ISSUER,
        }
        return {f"KAFKA_LISTENER_NAME_TOKEN_{name}": value for name, value in settings.items()}

    def start(self) -> Self:
        """Start the container and wait until the broker answers; with the user of the secure listener."""
        super().start()
        self.wait_ready()
        with self.admin() as admin:
            user = UserScramCredentialUpsertion(self.user, ScramMechanism.SCRAM_SHA_512, self.password)
            admin.alter_user_scram_credentials([user])
        return self

    def admin(self) -> KafkaAdminClient:
        """Connect as administrator."""
        return KafkaAdminClient(bootstrap_servers=self.bootstrap, bootstrap_timeout_ms=30_000)

    def wait_ready(self) -> None:
        """Wait until the broker, asked through the address that its clients use, knows of itself."""
        wait_for(self._answer, f"Kafka at {self.bootstrap}")

    def _answer(self) -> bool | None:
        container = self.get_wrapped_container()
        container.reload()
        if container.status == "exited":
            raise RuntimeError(f"Kafka ended; the end of its log:\n{container.logs(tail=40).decode()}")
        try:
            address = {"bootstrap_servers": self.bootstrap}
            with KafkaAdminClient(**address, bootstrap_timeout_ms=2000, request_timeout_ms=5000) as admin:
                return bool(admin.describe_cluster()["brokers"]) or None
        except KafkaError:
            return None

    def create_topic(self, name: str, partitions: int = 1, **configs: str) -> None:
        """Create a topic and wait until it is known.

        `configs` are those of Kafka with `_` for `.`, such as cleanup_policy="compact".
        """
        topic = NewTopic(name, partitions, 1, topic_configs={key.replace("_", "."): configs[key] for key in configs})
        with self.admin() as admin:
            admin.create_topics([topic])
            admin.wait_for_topics([name])

    def kill(self) -> None:
        """End the broker with SIGKILL; the container stays, its data with it."""
        self.get_wrapped_container().kill()

    def shut_down(self) -> None:
        """End the broker in order; the container stays."""
        self.get_wrapped_container().stop()

    def pause(self) -> None:
        """Let the broker do nothing until `resume`."""
        self.get_wrapped_container().pause()

    def resume(self) -> None:
        """Let a paused broker go on."""
        self.get_wrapped_container().unpause()

    def start_again(self) -> None:
        """Start the broker of a container that has ended, and wait until it answers."""
        self.get_wrapped_container().start()
        self.wait_ready()

    def restart_after_kill(self) -> None:
        """Kill the broker and start it again: what a crash of its machine looks like to clients."""
        self.kill()
        self.start_again()
