"""Pictures of series for notifications, drawn beside the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.util import find_spec

import structlog

from stream.notify.alerts.book import DueDelivery
from stream.notify.alerts.incident import Incident
from stream.notify.messages.notification import Draw
from stream.settings.settings import Settings

log = structlog.get_logger()


class Pictures:
    """Draws one series at a time: matplotlib is not safe in two threads.

    Parameters
    ----------
    settings : Settings
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._free = asyncio.Semaphore(1)

    def of(self, due: DueDelivery) -> Draw:
        """Return what draws the series of a delivery."""
        return partial(self._draw, due.group.members()[due.notification.id][0])

    async def _draw(self, incident: Incident) -> bytes | None:
        picture_of: Callable[[Incident, Settings], bytes | None]
        async with self._free:
            try:
                picture_of = import_module("stream.notify.messages.picture").picture_of
                return await asyncio.to_thread(picture_of, incident, self._settings)
            except Exception as error:  # A notification without a picture is better than none.
                log.warning("no picture", series=incident.series, text=repr(error))
                return None


def make_pictures(settings: Settings) -> Pictures | None:
    """Return what draws series, or None with a line that says why."""
    if settings.scores_topic is None:
        log.info("no pictures", text="they are drawn from the scores topic, and none is set (scores_topic)")
    elif find_spec("matplotlib") is None:
        log.info("no pictures", text="the extra plot is not installed")
    else:
        return Pictures(settings)
    return None
