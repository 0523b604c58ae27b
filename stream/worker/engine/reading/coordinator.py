"""Group coordinator of the client, with errors of whole answers."""

from __future__ import annotations

from typing import Any

from aiokafka import errors
from aiokafka.consumer import consumer
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.protocol.commit import OffsetFetchRequest


def raise_errors_of_whole_answers() -> None:
    """Let consumers that are started from now on ask for committed offsets until they are told them.

    A broker that still loads the group, as after a crash, answers with an error of the whole request and names no
    partition. aiokafka 0.14 reads the errors of partitions alone, and takes that for a group that has never committed:
    a worker read its partitions from the beginning, and did not know which messages had been scored before.
    """
    consumer.GroupCoordinator = checked_coordinator


def checked_coordinator(*args: Any, **options: Any) -> Any:
    """Make aiokafka's coordinator; a wrong answer about offsets is an error, which it asks again after."""
    coordinator = GroupCoordinator(*args, **options)
    send = coordinator._send_req

    async def send_and_check(request: Any) -> Any:
        answer = await send(request)
        if isinstance(request, OffsetFetchRequest):
            error = errors.for_code(getattr(answer, "error_code", errors.NoError.errno))
            if error is errors.NotCoordinatorForGroupError:
                coordinator.coordinator_dead()
            if error is not errors.NoError:
                raise error(coordinator.group_id)
        return answer

    coordinator._send_req = send_and_check
    return coordinator
