"""The end of the process at once, without a checkpoint: another start goes on from the last good one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn, Protocol

from stream.errors import RESTART_EXIT_CODE
from stream.worker.engine.sending.producer import DeliveryError


class GiveUp(Protocol):
    """Ends the process and says why."""

    def __call__(self, why: str, *, exit_code: int = RESTART_EXIT_CODE, **facts: Any) -> NoReturn:
        """End the process; by default to be started again."""
        ...


@contextmanager
def abort_on_exception(give_up: GiveUp, why: str) -> Iterator[None]:
    """Abort on an exception: state may be half applied."""
    try:
        yield
    except DeliveryError as error:
        give_up(why, topic=error.topic, partition=error.partition, cause=error.cause)
    except Exception as error:
        give_up(why, error=repr(error), exc_info=True)
