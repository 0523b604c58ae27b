"""The consumer group where it does not take us."""

from __future__ import annotations

from aiokafka.errors import GroupAuthorizationFailedError, InconsistentGroupProtocolError

from stream.errors import StreamgaugeError, TopicError
from stream.kafka.group import no_right


def refusal(error: BaseException, group: str) -> StreamgaugeError | None:
    """Explain why the group refuses us; None if retryable."""
    if isinstance(error, InconsistentGroupProtocolError):
        return TopicError(
            f"group {group} is in use by another kind of consumer: stop that one, or choose another app_id"
        )
    if isinstance(error, GroupAuthorizationFailedError):
        return no_right(group)
    return None
