"""The consumer group of an application: which workers are in it, and what it leaves behind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from stream.broker.settings import Settings
from stream.errors import BrokerUnreachableError, TopicError, WorkerRunningError

N_SHOWN = 3
"""Workers that are named where there are more."""


def require_idle(admin: KafkaAdminClient, settings: Settings) -> None:
    """Make sure that no worker is in the group: each holds its state in memory, and would write it back.

    Raises
    ------
    WorkerRunningError
        If one is; the text names them and says what to do.
    """
    members = _members(admin, settings.app_id) if exists(admin, settings.app_id) else []
    if members:
        hosts = [f"{member['client_id']} at {member['client_host'].lstrip('/')}" for member in members]
        shown = ", ".join(hosts[:N_SHOWN]) + (", ..." if len(hosts) > N_SHOWN else "")
        raise WorkerRunningError(
            f"expected no worker in group {settings.app_id}, found {len(members)}: {shown}. Stop them and try again; "
            f"a worker that was killed leaves the group after its session timeout of {settings.session_timeout_s:g} s"
        )


def count_workers(admin: KafkaAdminClient, settings: Settings) -> int:
    """Count the workers in the group."""
    return len(_members(admin, settings.app_id)) if exists(admin, settings.app_id) else 0


def exists(admin: KafkaAdminClient, group: str) -> bool:
    """Return whether the broker knows the group, and with it committed offsets."""
    try:
        return any(found["group_id"] == group for found in admin.list_groups())
    except KafkaError as error:
        raise _no_answer(error) from error


def delete(admin: KafkaAdminClient, group: str) -> None:
    """Delete a group without members, and the offsets that it has committed.

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


def _members(admin: KafkaAdminClient, group: str) -> list[Mapping[str, str]]:
    try:
        found: Mapping[str, Any] = admin.describe_groups([group])[group]
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
