"""Webhook: signed JSON.

References
----------
Standard Webhooks 1.0.0: the headers, and what is signed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from typing import Final

from stream.notify.alerts.due import Traits
from stream.notify.channels.channel import Earlier
from stream.notify.channels.http import HttpChannel, HttpSender
from stream.notify.messages.notification import Notification
from stream.notify.messages.text import encode_body

PREFIX: Final = "whsec_"
"""Before a secret that is written in base64."""


class WebhookChannel(HttpChannel):
    """Posts every change of a notification.

    Parameters
    ----------
    secret : str or None
        Key of the signature.
    """

    traits = Traits()

    def __init__(
        self, http: HttpSender, url: str, *, secret: str | None, token: str | None, page_url: str | None
    ) -> None:
        super().__init__(http)
        self._url = url
        self._key = None if secret is None else signing_key(secret)
        self._authorization = {} if token is None else {"Authorization": f"Bearer {token}"}
        self._page_url = page_url

    async def send(self, notification: Notification, earlier: Earlier) -> str:
        """Post the notification's JSON."""
        body = encode_body(notification, self._page_url)
        headers = {
            "Content-Type": "application/json",
            **self._authorization,
            **signed_headers(self._key, notification.delivery, round(time.time()), body),
        }
        await self._http.send("POST", self._url, content=body, headers=headers)
        return notification.delivery


def signing_key(secret: str) -> bytes:
    """Return the key of a secret: after `whsec_` it is base64."""
    if secret.startswith(PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
        except binascii.Error:
            pass
    return secret.encode()


def signed_headers(key: bytes | None, delivery: str, timestamp_s: int, body: bytes) -> dict[str, str]:
    """Return the headers with id, time and signature."""
    headers = {"webhook-id": delivery, "webhook-timestamp": str(timestamp_s)}
    if key is None:
        return headers
    signed = hmac.new(key, f"{delivery}.{timestamp_s}.".encode() + body, hashlib.sha256).digest()
    return headers | {"webhook-signature": f"v1,{base64.b64encode(signed).decode()}"}
