"""The consumer group and its topics, where they refuse us."""

from __future__ import annotations

from aiokafka.errors import (
    GroupAuthorizationFailedError,
    InconsistentGroupProtocolError,
    TopicAuthorizationFailedError,
)

from stream.errors import AuthenticationError, StreamgaugeError, TopicError
from stream.kafka.group import no_right


def refusal(error: BaseException, group: str) -> StreamgaugeError | None:
    """Explain why the broker refuses us; None if retryable."""
    if isinstance(error, InconsistentGroupProtocolError):
        return TopicError(
            f"group {group} is in use by another kind of consumer: stop that one, or choose another app_id"
        )
    if isinstance(error, GroupAuthorizationFailedError):
        return no_right(group)
    if isinstance(error, TopicAuthorizationFailedError):
        return AuthenticationError(
            f"group {group}: the broker does not let this user read its topics: {error!r}; give it the rights that "
            "docs/security.md lists"
        )
    return None
