"""Faust's credentials from the settings."""

from __future__ import annotations

from typing import Any

import faust

from stream.kafka.clients import faust_options
from stream.settings.settings import Settings


def credentials(settings: Settings) -> Any:
    """Return Faust's credentials: SASL, TLS, or None."""
    options = faust_options(settings)
    if options.mechanism is None:
        return options.ssl_context
    return faust.SASLCredentials(
        username=options.username,
        password=options.password,
        mechanism=options.mechanism,
        ssl_context=options.ssl_context,
    )
