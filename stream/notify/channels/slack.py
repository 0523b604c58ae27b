"""Slack: one message per notification, edited as it goes.

References
----------
Slack Web API: chat.postMessage, chat.update, conversations.history, files.getUploadURLExternal,
files.completeUploadExternal.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

import structlog

from stream.events.episodes import Severity
from stream.formats.rejections import excerpt
from stream.notify.alerts.due import Traits
from stream.notify.channels.channel import DeliveryFailedError, DeliveryRefusedError, Earlier
from stream.notify.channels.http import HttpChannel, HttpSender
from stream.notify.messages.notification import Notification
from stream.notify.messages.text import body_lines, headline

COLOURS: Final[dict[Severity, str]] = {"minor": "#e0a800", "major": "#e8590c", "critical": "#c62828"}
OVER: Final = "#4d9a5b"
MAX_BLOCK: Final = 2_900
"""Characters of a text: Slack takes 3,000."""

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})

AGAIN: Final = frozenset(
    {"fatal_error", "internal_error", "ratelimited", "rate_limited", "request_timeout", "service_unavailable"}
)
"""Errors of Slack that are worth another try."""

GONE: Final = frozenset({"message_not_found", "edit_window_closed", "cant_update_message"})
"""Errors of an edit after which a new message is posted."""

EVENT: Final = "streamgauge_notification"
"""Type of the metadata by which a message is found again."""

CLOCKS_APART_S: Final = 120
"""How far Slack's clock may be behind ours."""

N_HISTORY: Final = 200

log = structlog.get_logger()


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


class SlackChannel(HttpChannel):
    """Posts, edits, and answers in the thread."""

    def __init__(self, http: HttpSender, token: str, *, channel: str, api_url: str, picture: bool) -> None:
        super().__init__(http)
        self._authorization = {"Authorization": f"Bearer {token}"}
        self._channel = channel
        self._api_url = api_url
        self.traits = Traits(pictures=picture)

    async def send(self, notification: Notification, earlier: Earlier) -> str:
        """Post the message, or edit it; worse news also go into its thread."""
        reference = earlier.reference or await self._find(notification, earlier.tried_at)
        if not reference:
            return await self._post(notification)
        channel, _, ts = reference.partition(":")
        try:
            await self._call("chat.update", channel=channel, ts=ts, **slack_content(notification))
        except _SlackError as error:
            if error.code not in GONE:
                raise
            return await self._post(notification)
        if notification.kind in ("again", "reminder") and earlier.reference:
            text = "\n".join([headline(notification), *body_lines(notification)])
            await self._call("chat.postMessage", channel=channel, thread_ts=ts, reply_broadcast=True, text=text)
        return reference

    async def _post(self, notification: Notification) -> str:
        metadata = {"event_type": EVENT, "event_payload": {"id": notification.id}}
        content = {"channel": self._channel, "metadata": metadata, "unfurl_links": False, **slack_content(notification)}
        answer = await self._call("chat.postMessage", **content)
        reference = f"{answer['channel']}:{answer['ts']}"
        picture = None if notification.draw is None else await notification.draw()
        if picture is not None:
            await self._add_picture(picture, answer["channel"], answer["ts"])
        return reference

    async def _find(self, notification: Notification, tried_at: int) -> str:
        """Find a message that was posted before a crash, and whose answer was lost."""
        if not tried_at:
            return ""
        asked: dict[str, Any] = {
            "channel": self._channel,
            "oldest": f"{tried_at // 1000 - CLOCKS_APART_S}",
            "limit": N_HISTORY,
            "include_all_metadata": "true",
        }
        try:
            answer = await self._call("conversations.history", method="GET", **asked)
        except DeliveryRefusedError as error:
            log.warning("cannot look for an earlier message", text=f"{error}; it may be there twice")
            return ""
        for message in answer.get("messages", []):
            metadata = message.get("metadata", {})
            payload = metadata.get("event_payload", {})
            if metadata.get("event_type") == EVENT and payload.get("id") == notification.id:
                return f"{self._channel}:{message['ts']}"
        return ""

    async def _add_picture(self, picture: bytes, channel: str, ts: str) -> None:
        """Upload a picture into the thread; a message without one is better than none."""
        try:
            form = {"filename": "series.png", "length": str(len(picture))}
            place = await self._call("files.getUploadURLExternal", form=form)
            self._check_host(place["upload_url"])
            await self._http.send("POST", place["upload_url"], content=picture)
            files = [{"id": place["file_id"], "title": "the series"}]
            await self._call("files.completeUploadExternal", files=files, channel_id=channel, thread_ts=ts)
        except (DeliveryFailedError, DeliveryRefusedError) as error:
            log.warning("picture not sent", text=str(error))

    def _check_host(self, url: str) -> None:
        """Refuse to upload anywhere but to the API's own domain."""
        ours, theirs = urlsplit(self._api_url), urlsplit(url)
        same = theirs.hostname == ours.hostname or f"{theirs.hostname}".endswith(f".{ours.hostname}")
        if theirs.scheme != ours.scheme or not same:
            raise DeliveryRefusedError("the upload address is of another host than the API")

    async def _call(
        self, name: str, *, method: str = "POST", form: dict[str, str] | None = None, **arguments: Any
    ) -> dict[str, Any]:
        """Call a method of the API; its errors come with status 200."""
        content: dict[str, Any] = {"params": arguments} if method == "GET" else {"json": arguments}
        if form is not None:
            content = {"data": form}
        url = f"{self._api_url}/{name}"
        response = await self._http.send(method, url, headers=self._authorization, **content)
        try:
            answer: dict[str, Any] = response.json()
        except ValueError:
            raise DeliveryFailedError(f"{name}: expected JSON, found none") from None
        if answer.get("ok"):
            return answer
        code = str(answer.get("error", "no reason"))
        if code in AGAIN:
            raise DeliveryFailedError(f"{name}: {code}")
        raise _SlackError(name, code, str(answer.get("needed", "")))


class _SlackError(DeliveryRefusedError):
    def __init__(self, method: str, code: str, needed: str) -> None:
        super().__init__(f"{method}: {code}{f', needs {needed}' if needed else ''}")
        self.code = code
