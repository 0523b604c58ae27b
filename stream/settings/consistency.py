"""Consistency between settings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from stream.settings.sources import variable

if TYPE_CHECKING:
    from stream.settings.settings import Settings


def contradictions(settings: Settings) -> Iterator[str]:
    """Return a sentence for each contradiction between settings."""
    if settings.security_protocol.startswith("SASL"):
        yield from _login(settings)
    else:
        yield from _login_unused(settings)
    yield from _certificates(settings)
    yield from _topics(settings)
    if settings.false_alarms is not None and settings.sensitivity is not None:
        yield f"{variable('false_alarms')} and {variable('sensitivity')}: both given; expected one of them"
    if settings.heartbeat_interval_s * 3 > settings.session_timeout_s:
        yield (
            f"{variable('heartbeat_interval_s')}: expected at most a third of {variable('session_timeout_s')} "
            f"({settings.session_timeout_s:g}); found {settings.heartbeat_interval_s:g}"
        )


def _login(settings: Settings) -> Iterator[str]:
    protocol = settings.security_protocol
    for field in ("sasl_mechanism", "sasl_username"):
        if getattr(settings, field) is None:
            yield f"{variable(field)}: not given, but {protocol} needs it"
    if settings.sasl_password is None and settings.sasl_password_file is None:
        yield f"{variable('sasl_password')}: not given, nor {variable('sasl_password_file')}; {protocol} needs one"
    if settings.sasl_password is not None and settings.sasl_password_file is not None:
        yield f"{variable('sasl_password')} and {variable('sasl_password_file')}: both given; expected one of them"
    if protocol == "SASL_PLAINTEXT" and not settings.allow_sasl_without_tls:
        yield (
            f"{variable('security_protocol')}: SASL_PLAINTEXT sends the login unencrypted; expected SASL_SSL, "
            f"or {variable('allow_sasl_without_tls')}=true if you want just that"
        )


def _login_unused(settings: Settings) -> Iterator[str]:
    for field in ("sasl_mechanism", "sasl_username", "sasl_password", "sasl_password_file"):
        if getattr(settings, field) is not None:
            yield (
                f"{variable(field)}: given, but {variable('security_protocol')} is {settings.security_protocol}, "
                "which has no login; expected SASL_SSL"
            )


def _certificates(settings: Settings) -> Iterator[str]:
    if not settings.security_protocol.endswith("SSL"):
        for field in ("ssl_cafile", "ssl_certfile", "ssl_keyfile"):
            if getattr(settings, field) is not None:
                yield (
                    f"{variable(field)}: given, but {variable('security_protocol')} is {settings.security_protocol}, "
                    "which is not encrypted; expected SSL or SASL_SSL"
                )
    elif (settings.ssl_certfile is None) != (settings.ssl_keyfile is None):
        missing = "ssl_certfile" if settings.ssl_certfile is None else "ssl_keyfile"
        yield f"{variable(missing)}: not given; a certificate and its key belong together"


def _topics(settings: Settings) -> Iterator[str]:
    fields = ("metrics_topic", "anomalies_topic", "scores_topic", "dead_letter_topic", "backfill_topic")
    names = [name for field in fields if (name := getattr(settings, field)) is not None]
    names += [settings.changelog_topic]
    names += [settings.dead_letters] if settings.dead_letter_topic is None else []
    names += [settings.backfill_events] if settings.backfill_topic is None else []
    for name, n in Counter(names).items():
        if n > 1:
            yield f"topic {name!r} stands for {n} different topics; expected a name of its own for each"
