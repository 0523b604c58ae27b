"""Reader of the control topic: once, or in a thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Self

import structlog
from kafka.errors import KafkaError

from stream.control.view import ControlView
from stream.errors import BrokerUnreachableError, StreamgaugeError
from stream.kafka.connection import connect
from stream.kafka.follower import Follower
from stream.kafka.topics.creation import require
from stream.settings.settings import Settings

POLL_S = 1.0
RETRY_S = 2.0
CLOSED_WITHIN_S = 5.0

log = structlog.get_logger()


def read_control(settings: Settings, report: Callable[[str], None] | None = None) -> ControlView:
    """Read the topic up to its end; `report` as of a `ControlView`.

    Raises
    ------
    StreamgaugeError
        If the broker cannot be reached, or there is no such topic.
    """
    view = ControlView(report)
    with connect(settings) as admin:
        require(admin, settings.control_records, settings)
    try:
        with Follower(settings, settings.control_records, "beginning") as follower:
            for record in follower.catch_up():
                view.apply(record.key, record.value)
    except KafkaError as error:
        raise BrokerUnreachableError(
            f"topic {settings.control_records}: expected an answer of the broker, found {error}"
        ) from error
    return view


class ControlReader:
    """Follows the control topic in a thread of its own.

    Connects again whenever the connection is lost, and then reads the topic anew; what was read stays in force until
    then.

    Parameters
    ----------
    on_change : callable, optional
        Called with each new view, in the reader's thread: first when the topic has been read to its end.

    Attributes
    ----------
    view : ControlView
        What is in force. A new object after each change; the old one stays as it is.
    """

    def __init__(self, settings: Settings, on_change: Callable[[ControlView], None] | None = None) -> None:
        self.view = ControlView()
        self._settings, self._on_change = settings, on_change
        self._is_read, self._is_closed = threading.Event(), threading.Event()
        self._problem = "no answer yet"
        self._thread = threading.Thread(target=self._run, name="control topic", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        """Return the reader itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop following."""
        self.close()

    def wait_until_read(self, timeout_s: float) -> None:
        """Wait until the topic has been read to its end once.

        Raises
        ------
        BrokerUnreachableError
            If that takes longer; with the reason.
        """
        if not self._is_read.wait(timeout_s):
            raise BrokerUnreachableError(
                f"topic {self._settings.control_records} was not read within {timeout_s:g} s: {self._problem}"
            )

    def close(self) -> None:
        """Stop following; the view stays readable."""
        self._is_closed.set()
        if self._thread is not threading.current_thread():
            self._thread.join(CLOSED_WITHIN_S)

    def _run(self) -> None:
        while not self._is_closed.is_set():
            try:
                self._follow()
            except (StreamgaugeError, KafkaError, OSError) as error:
                self._report(f"{error}")
                self._is_closed.wait(RETRY_S)

    def _report(self, problem: str) -> None:
        """Log a lost connection, once for each reason."""
        level = log.debug if problem == self._problem else log.warning
        level("control topic is not read", text=f"{problem}; next try in {RETRY_S:g} s")
        self._problem = problem

    def _follow(self) -> None:
        """Read the topic from the beginning, then what comes."""
        topic = self._settings.control_records
        with connect(self._settings) as admin:
            require(admin, topic, self._settings)
        with Follower(self._settings, topic, "beginning") as follower:
            view = ControlView()
            for record in follower.catch_up():
                view.apply(record.key, record.value)
            self._publish(view)
            self._is_read.set()
            while not self._is_closed.is_set():
                records = follower.poll(POLL_S)
                for record in records:
                    view.apply(record.key, record.value)
                if records:
                    self._publish(view)

    def _publish(self, view: ControlView) -> None:
        self._problem = ""
        self.view = view.copy()
        if self._on_change is not None:
            self._on_change(self.view)
