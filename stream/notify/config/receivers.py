"""Receivers: one model for each kind of channel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from stream.notify.config.values import Duration, Secret, SecureUrl, Url, is_secure
from stream.settings.values import File, Part


class ReceiverBase(Part):
    """What receivers of every kind have."""

    name: str = Field(min_length=1, max_length=100, description="What routes call it.")
    send_resolved: bool = Field(
        default=True, description="Whether it is notified that an episode has closed; true unless given."
    )

    def secrets(self) -> Iterator[Secret]:
        """Yield the secrets that it refers to."""
        for field in type(self).model_fields:
            value = getattr(self, field)
            if isinstance(value, Secret):
                yield value


class WebhookReceiver(ReceiverBase):
    """JSON by POST, signed as Standard Webhooks have it."""

    type: Literal["webhook"]
    url: Url = Field(description="Where it is sent.")
    secret: Secret | None = Field(default=None, description="Key of the HMAC-SHA256 signature.")
    token: Secret | None = Field(default=None, description="Bearer token of the Authorization header.")

    def conflicts(self) -> Iterator[str]:
        """Check that the token is sent encrypted."""
        yield from super().conflicts()
        if self.token is not None and not is_secure(self.url):
            yield "url: expected an https address: a token is sent there"


class SlackReceiver(ReceiverBase):
    """Slack by bot token: one message per episode, edited."""

    type: Literal["slack"]
    token: Secret = Field(description="Bot token with chat:write, channels:history and files:write.")
    channel: str = Field(min_length=1, description="Id of the channel, such as C0123456789.")
    api_url: SecureUrl = Field(
        default="https://slack.com/api", description="Slack's API, where it is not https://slack.com/api."
    )
    picture: bool = Field(
        default=True, description="Whether a picture of the series is added in the thread; true unless given."
    )


class SlackWebhookReceiver(ReceiverBase):
    """Slack by incoming webhook: nothing can be edited."""

    type: Literal["slack-webhook"]
    url: Secret = Field(description="Address of the incoming webhook.")


class TeamsReceiver(ReceiverBase):
    """Microsoft Teams by workflow webhook: adaptive cards."""

    type: Literal["teams"]
    url: Secret = Field(description="Address of the workflow.")


class PagerDutyReceiver(ReceiverBase):
    """PagerDuty Events API v2."""

    type: Literal["pagerduty"]
    routing_key: Secret = Field(description="Integration key of the service.")
    api_url: SecureUrl = Field(
        default="https://events.pagerduty.com",
        description="PagerDuty's Events API, such as https://events.eu.pagerduty.com in Europe.",
    )


class OpsgenieReceiver(ReceiverBase):
    """Opsgenie Alert API."""

    type: Literal["opsgenie"]
    api_key: Secret = Field(description="Key of an API integration.")
    api_url: SecureUrl = Field(
        default="https://api.opsgenie.com", description="Opsgenie's API, such as https://api.eu.opsgenie.com in Europe."
    )


class AlertmanagerReceiver(ReceiverBase):
    """Alertmanager API v2, kept equal to what is open."""

    type: Literal["alertmanager"]
    url: Url = Field(description="Address of Alertmanager, without /api/v2.")
    username: str | None = Field(default=None, description="User name, where it asks for one.")
    password: Secret | None = Field(default=None, description="Password of that user.")
    token: Secret | None = Field(default=None, description="Bearer token of the Authorization header.")
    resolve_after: Duration = Field(
        default=300_000,
        ge=3_000,
        description="Alerts expire after this, 5m unless given, and are sent again after a third of it.",
    )

    def conflicts(self) -> Iterator[str]:
        """Check that a login is whole and encrypted."""
        yield from super().conflicts()
        if (self.username is None) != (self.password is None):
            yield "username and password belong together"
        if (self.password is not None or self.token is not None) and not is_secure(self.url):
            yield "url: expected an https address: a secret is sent there"


class EmailReceiver(ReceiverBase):
    """E-mail by SMTP."""

    type: Literal["email"]
    host: str = Field(min_length=1, description="SMTP server.")
    port: int = Field(default=587, ge=1, le=65535, description="Its port; 587 unless given.")
    tls: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="starttls, which it is unless given; tls from the first byte; or none."
    )
    ca_file: File | None = Field(default=None, description="PEM file of trusted authorities; without it the system's.")
    username: str | None = Field(default=None, description="User name of the login.")
    password: Secret | None = Field(default=None, description="Password of the login.")
    sender: str = Field(min_length=3, pattern=r"^[^\s@]+@[^\s@]+$", description="Address it comes from.")
    to: tuple[str, ...] = Field(min_length=1, description="Addresses it goes to.")
    picture: bool = Field(default=True, description="Whether a picture of the series is attached; true unless given.")

    def conflicts(self) -> Iterator[str]:
        """Check that a login is whole and encrypted."""
        yield from super().conflicts()
        if (self.username is None) != (self.password is None):
            yield "username and password belong together"
        if self.username is not None and self.tls == "none":
            yield 'tls = "none" sends the login unencrypted; expected starttls or tls'


AnyReceiver = Annotated[
    WebhookReceiver
    | SlackReceiver
    | SlackWebhookReceiver
    | TeamsReceiver
    | PagerDutyReceiver
    | OpsgenieReceiver
    | AlertmanagerReceiver
    | EmailReceiver,
    Field(discriminator="type"),
]
