"""E-mail by SMTP, one thread per notification."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final

from stream.formats.rejections import excerpt
from stream.notify.alerts.due import Traits
from stream.notify.channels.channel import DeliveryFailedError, DeliveryRefusedError, Earlier
from stream.notify.config.receivers import EmailReceiver
from stream.notify.messages.notification import Notification
from stream.notify.messages.text import body_lines, headline

TIMEOUT_S: Final = 20.0
PERMANENT: Final = 500
"""SMTP codes from here on are final."""


class EmailChannel:
    """Sends a mail for what a person should notice."""

    def __init__(self, receiver: EmailReceiver, password: str | None) -> None:
        self._receiver = receiver
        self._password = password
        self.traits = Traits(edits=False, pictures=receiver.picture)

    async def send(self, notification: Notification, earlier: Earlier) -> str:
        """Send the mail, from a thread of its own."""
        picture = None if notification.draw is None else await notification.draw()
        message = compose(notification, self._receiver, first=earlier.reference, picture=picture)
        try:
            await asyncio.to_thread(self._deliver, message)
        except smtplib.SMTPRecipientsRefused as error:
            raise _failure(max(code for code, _ in error.recipients.values()), "all recipients are refused") from None
        except smtplib.SMTPResponseException as error:
            raise _failure(error.smtp_code, type(error).__name__) from None
        except smtplib.SMTPNotSupportedError as error:
            raise DeliveryRefusedError(f"SMTP: {error}") from None
        except ssl.SSLCertVerificationError as error:
            raise DeliveryFailedError(f"TLS: {error.verify_message}") from None
        except (smtplib.SMTPException, OSError) as error:
            raise DeliveryFailedError(f"no answer: {type(error).__name__}") from None
        return earlier.reference or str(message["Message-ID"])

    async def close(self) -> None:
        """Close nothing: each mail has a connection of its own."""

    def _deliver(self, message: EmailMessage) -> None:
        receiver = self._receiver
        context = ssl.create_default_context(cafile=receiver.ca_file)
        with self._connect(context) as server:
            if receiver.tls == "starttls":
                server.starttls(context=context)
            if receiver.username is not None and self._password is not None:
                server.login(receiver.username, self._password)
            server.send_message(message)

    def _connect(self, context: ssl.SSLContext) -> smtplib.SMTP:
        receiver = self._receiver
        if receiver.tls == "tls":
            return smtplib.SMTP_SSL(receiver.host, receiver.port, timeout=TIMEOUT_S, context=context)
        return smtplib.SMTP(receiver.host, receiver.port, timeout=TIMEOUT_S)


def compose(
    notification: Notification, receiver: EmailReceiver, *, first: str, picture: bytes | None = None
) -> EmailMessage:
    """Write the mail.

    Parameters
    ----------
    first : str
        Message-ID of the first mail of the notification; empty if this is the first.
    picture : bytes, optional
        PNG of the series.
    """
    message = EmailMessage()
    user, _, domain = receiver.sender.rpartition("@")
    message["From"] = Address("streamgauge", user, domain)
    message["To"] = ", ".join(receiver.to)
    message["Subject"] = excerpt(headline(notification), 200)
    message["Date"] = format_datetime(datetime.fromtimestamp(notification.at_ms / 1000, UTC))
    # The same when it is tried again: mail programs show one of two with the same id.
    message["Message-ID"] = f"<{notification.delivery.replace('/', '.')}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Streamgauge-Id"] = notification.id
    if first:
        message["In-Reply-To"] = message["References"] = first
    link = [] if notification.link is None else ["", notification.link]
    message.set_content("\n".join([headline(notification), "", *body_lines(notification), *link, ""]))
    if picture is not None:
        message.add_attachment(picture, maintype="image", subtype="png", filename="series.png")
    return message


def _failure(code: int, text: str) -> DeliveryFailedError | DeliveryRefusedError:
    """Return the error of an SMTP code; its text is left out, it may repeat the login."""
    described = f"SMTP {code}: {text}"
    return DeliveryRefusedError(described) if code >= PERMANENT else DeliveryFailedError(described)
