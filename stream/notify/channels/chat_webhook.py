"""Incoming webhooks of Slack and Microsoft Teams: post only.

References
----------
Slack, Sending messages using incoming webhooks. Microsoft Teams, Create incoming webhooks with Workflows: a message of
one adaptive card, answered with 202.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from stream.events.episodes import Severity
from stream.notify.alerts.due import Traits
from stream.notify.channels.channel import Earlier
from stream.notify.channels.http import HttpChannel, HttpSender
from stream.notify.messages.notification import Notification
from stream.notify.messages.text import body_lines, headline

STYLES: Final[dict[Severity, str]] = {"minor": "warning", "major": "warning", "critical": "attention"}
"""Of a card's frame."""


class ChatWebhookChannel(HttpChannel):
    """Posts a message for what a person should notice."""

    traits = Traits(edits=False)

    def __init__(self, http: HttpSender, url: str, content: Callable[[Notification], dict[str, Any]]) -> None:
        super().__init__(http)
        self._url, self._content = url, content

    async def send(self, notification: Notification, earlier: Earlier) -> str:
        """Post the message."""
        await self._http.send("POST", self._url, json=self._content(notification))
        return ""


def teams_message(notification: Notification) -> dict[str, Any]:
    """Return a message with one adaptive card."""
    title = {"type": "TextBlock", "text": _plain(headline(notification)), "weight": "bolder", "wrap": True}
    style = STYLES[notification.severity] if notification.is_open else "good"
    lines = [
        {"type": "TextBlock", "text": _plain(line), "wrap": True, "spacing": "small"}
        for line in body_lines(notification)
    ]
    link = {"type": "Action.OpenUrl", "title": "open the page", "url": notification.link}
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "body": [{"type": "Container", "style": style, "bleed": True, "items": [title]}, *lines],
        "actions": [] if notification.link is None else [link],
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _plain(text: str) -> str:
    """Escape what a card would take for Markdown."""
    return "".join(f"\\{letter}" if letter in "\\*_[]`#" else letter for letter in text)
