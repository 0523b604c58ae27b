"""Login and encryption as Faust wants them."""

from __future__ import annotations

from typing import Any

import faust

from stream.kafka.aiokafka_clients import AwaitedTokens
from stream.kafka.clients import faust_options
from stream.settings.settings import Settings


def credentials(settings: Settings) -> Any:
    """Return Faust's credentials: SASL, TLS, or None."""
    options = faust_options(settings)
    if options.mechanism is None:
        return options.ssl_context
    if options.tokens is not None:
        return faust.OAuthCredentials(oauth_cb=AwaitedTokens(options.tokens), ssl_context=options.ssl_context)
    if options.mechanism == "GSSAPI":
        return faust.GSSAPICredentials(
            kerberos_service_name=options.kerberos_service, ssl_context=options.ssl_context, mechanism="GSSAPI"
        )
    return faust.SASLCredentials(
        username=options.username,
        password=options.password,
        mechanism=options.mechanism,
        ssl_context=options.ssl_context,
    )
