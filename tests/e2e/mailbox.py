"""An SMTP server that wants TLS and a login, and keeps what it is sent."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from types import SimpleNamespace

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "gauge", "mail-not-for-the-log-3"


@dataclass
class Mailbox:
    """What has arrived, and the answers of mails to come.

    Attributes
    ----------
    port : int
    ca_file : Path
    mails : list of EmailMessage
    refusals : list of str
        SMTP answers that are given instead of taking a mail.
    """

    port: int
    ca_file: Path
    mails: list[EmailMessage] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    async def take(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Take a mail, or refuse it."""
        if self.refusals:
            return self.refusals.pop(0)
        content = envelope.content
        assert isinstance(content, bytes)
        mail = message_from_bytes(content, policy=default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 OK"


@contextmanager
def mailbox(folder: Path, port: int) -> Iterator[Mailbox]:
    """Run a server with STARTTLS."""
    authority = trustme.CA()
    ca_file = folder / "mail-ca.pem"
    authority.cert_pem.write_to_path(ca_file)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    box = Mailbox(port, ca_file)

    def login(_server: object, _session: object, _envelope: object, _mechanism: str, data: object) -> AuthResult:
        good = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=good)

    controller = Controller(
        SimpleNamespace(handle_DATA=box.take),  # aiosmtpd finds what it calls by this name.
        hostname="127.0.0.1",
        port=port,
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=login,
    )
    controller.start()
    try:
        yield box
    finally:
        controller.stop()
