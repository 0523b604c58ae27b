"""Interface of a channel, and how a delivery fails."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from stream.notify.alerts.due import Traits
from stream.notify.messages.notification import Notification


class Earlier(NamedTuple):
    """What is known of earlier deliveries of a notification."""

    reference: str = ""
    """What `send` returned last; empty if nothing was delivered."""
    tried_at: int = 0
    """When a first delivery was begun whose outcome is unknown, ms; 0 if none was."""


class DeliveryRefusedError(Exception):
    """A delivery that the receiver will never take."""


class DeliveryFailedError(Exception):
    """A delivery that is worth another try.

    Attributes
    ----------
    after_s : float or None
        How long the receiver asks to wait.
    """

    def __init__(self, text: str, after_s: float | None = None) -> None:
        super().__init__(text)
        self.after_s = after_s


class NotificationChannel(Protocol):
    """Sends notifications to one receiver."""

    @property
    def traits(self) -> Traits:
        """What it can do."""

    async def send(self, notification: Notification, earlier: Earlier) -> str:
        """Send, and return the reference for later changes.

        Raises
        ------
        DeliveryRefusedError, DeliveryFailedError
            Neither text holds a secret.
        """

    async def close(self) -> None:
        """Close its connections."""
