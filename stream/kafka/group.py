"""Consumer group of an application: members and offsets."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from kafka import KafkaAdminClient
from kafka.errors import (
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    GroupAuthorizationFailedError,
    GroupIdNotFoundError,
    KafkaError,
    NotCoordinatorError,
)

from stream.errors import AuthenticationError, BrokerUnreachableError, TopicError, WorkerRunningError
from stream.settings.settings import Settings

Answer = TypeVar("Answer")

PATIENCE_S = 15.0
PAUSE_S = 0.3
SPARE_S = 5.0
LOOK_EVERY_S = 0.5
N_SHOWN = 3
"""Workers that are named where there are more."""


class _MemberMetadata(logging.Filter):
    """Drop warnings about members' metadata, which we ignore."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not record.getMessage().startswith("Unable to decode member_metadata")


logging.getLogger("kafka.admin._groups").addFilter(_MemberMetadata())


def require_idle(admin: KafkaAdminClient, settings: Settings) -> None:
    """Raise unless the group is empty: workers hold state.

    Raises
    ------
    WorkerRunningError
        If one is; the text names them and says what to do.
    """
    members = _members(admin, settings.app_id)
    if members:
        hosts = [f"{member['client_id']} at {member['client_host'].lstrip('/')}" for member in members]
        shown = ", ".join(hosts[:N_SHOWN]) + (", ..." if len(hosts) > N_SHOWN else "")
        raise WorkerRunningError(
            f"expected no worker in group {settings.app_id}, found {len(members)}: {shown}. Stop them and try again; "
            f"a worker that was killed leaves the group after its session timeout of {settings.session_timeout_s:g} s"
        )


def wait_until_idle(admin: KafkaAdminClient, settings: Settings) -> None:
    """Wait for workers that ended a moment ago; raise if one stays.

    A worker that was killed, or has an instance id, counts as a member until its session ends.

    Raises
    ------
    WorkerRunningError
        If the group still has a member after that.
    """
    deadline = time.monotonic() + settings.session_timeout_s + SPARE_S
    while time.monotonic() < deadline and client_ids(admin, settings.app_id):
        time.sleep(LOOK_EVERY_S)
    require_idle(admin, settings)


def client_ids(admin: KafkaAdminClient, group: str) -> list[str]:
    """Return client ids of the members; none without a group.

    Raises
    ------
    BrokerUnreachableError
        If the broker has no coordinator for the group; so for each function that asks about one.
    """
    return [member["client_id"] for member in _members(admin, group)]


def exists(admin: KafkaAdminClient, group: str) -> bool:
    """Check whether the broker knows the group."""
    try:
        return any(found["group_id"] == group for found in admin.list_groups())
    except KafkaError as error:
        raise _no_answer(error) from error


def delete(admin: KafkaAdminClient, group: str) -> None:
    """Delete an empty group with its offsets.

    Raises
    ------
    TopicError
        If the broker refuses; the text has its reason.
    """
    try:
        outcome = admin.delete_groups([group])[group]
    except KafkaError as error:
        raise _no_answer(error) from error
    if outcome not in ("OK", "GroupIdNotFoundError"):
        raise TopicError(f"group {group} cannot be deleted: {outcome}")


def no_right(group: str) -> AuthenticationError:
    """Return the error for a forbidden group."""
    return AuthenticationError(f"group {group}: the broker refuses this user; give it the right to read in this group")


def ask(question: Callable[[], Answer], group: str) -> Answer:
    """Repeat a question while the coordinator is being found."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return question()
        except GroupAuthorizationFailedError as error:
            raise no_right(group) from error
        except (CoordinatorNotAvailableError, CoordinatorLoadInProgressError, NotCoordinatorError) as error:
            if time.monotonic() > deadline:
                raise BrokerUnreachableError(
                    f"the broker has no coordinator for group {group} ({type(error).__name__}): it may be starting; "
                    "look into its log, then try again"
                ) from error
        time.sleep(PAUSE_S)


def _members(admin: KafkaAdminClient, group: str) -> list[Mapping[str, str]]:
    try:
        found: Mapping[str, Any] = ask(lambda: admin.describe_groups([group]), group)[group]
    except GroupIdNotFoundError:
        return []
    except KafkaError as error:
        raise _no_answer(error) from error
    if found["error"] and not found["members"] and found["group_state"] != "Dead":
        raise TopicError(f"group {group} cannot be described: {found['error']}; give this user that right")
    members: list[Mapping[str, str]] = found["members"]
    return members


def _no_answer(error: KafkaError) -> BrokerUnreachableError:
    return BrokerUnreachableError(
        f"the broker gave no answer that could be used about the group: {type(error).__name__}: {error}; try again"
    )
