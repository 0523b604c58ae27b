"""Notifications as Slack's blocks."""

from __future__ import annotations

from typing import Any, Final

from stream.events.episodes import Severity
from stream.formats.rejections import excerpt
from stream.notify.messages.notification import Notification
from stream.notify.messages.text import body_lines, headline

COLOURS: Final[dict[Severity, str]] = {"minor": "#e0a800", "major": "#e8590c", "critical": "#c62828"}
OVER: Final = "#4d9a5b"
MAX_BLOCK: Final = 2_900
"""Characters of a text: Slack takes 3,000."""

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def slack_content(notification: Notification) -> dict[str, Any]:
    """Return text and attachment of a message.

    The text is what a phone's notification shows; the colour beside the attachment is that of the severity.
    """
    title = _escaped(headline(notification))
    lines = [f"*{title}*", *(_escaped(line) for line in body_lines(notification))]
    if notification.link is not None:
        lines.append(f"<{notification.link}|open the page>")
    section = {"type": "section", "text": {"type": "mrkdwn", "text": _cut(lines)}}
    colour = COLOURS[notification.severity] if notification.is_open else OVER
    return {"text": title, "attachments": [{"color": colour, "fallback": title, "blocks": [section]}]}


def _cut(lines: list[str]) -> str:
    """Join as many whole lines as Slack takes; the last, which may be the link, is kept."""
    kept, room = [], MAX_BLOCK - len(lines[-1])
    for line in lines[:-1]:
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    return "\n".join([*kept, lines[-1]])


def _escaped(text: str) -> str:
    return excerpt(text, MAX_BLOCK // 3).translate(_ESCAPES)
