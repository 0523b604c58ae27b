"""Channels from the configuration."""

from __future__ import annotations

from stream.notify.channels.alertmanager import AlertmanagerChannel
from stream.notify.channels.channel import NotificationChannel
from stream.notify.channels.chat_webhook import ChatWebhookChannel, teams_message
from stream.notify.channels.email import EmailChannel
from stream.notify.channels.http import HttpSender
from stream.notify.channels.opsgenie import OpsgenieChannel
from stream.notify.channels.pagerduty import PagerDutyChannel
from stream.notify.channels.slack import SlackChannel, slack_content
from stream.notify.channels.webhook import WebhookChannel
from stream.notify.config.file import NotifyConfig
from stream.notify.config.receivers import (
    AlertmanagerReceiver,
    AnyReceiver,
    EmailReceiver,
    OpsgenieReceiver,
    PagerDutyReceiver,
    SlackReceiver,
    SlackWebhookReceiver,
    TeamsReceiver,
    WebhookReceiver,
)
from stream.notify.config.values import Secret


def build_channels(config: NotifyConfig) -> dict[str, NotificationChannel]:
    """Build a channel for each receiver, by name.

    Raises
    ------
    SettingsError
        If a secret cannot be read.
    """
    return {receiver.name: build_channel(receiver, config) for receiver in config.receivers}


def build_channel(receiver: AnyReceiver, config: NotifyConfig) -> NotificationChannel:
    """Build the channel of a receiver."""
    if isinstance(receiver, EmailReceiver):
        return EmailChannel(receiver, _read(receiver.password))
    secrets = tuple(secret.read() for secret in receiver.secrets())
    return _build_http(receiver, HttpSender(secrets, config.proxy, config.ca_file), config.page_url)


def _build_http(receiver: AnyReceiver, http: HttpSender, page_url: str | None) -> NotificationChannel:
    match receiver:
        case WebhookReceiver(url=url, secret=secret, token=token):
            return WebhookChannel(http, url, secret=_read(secret), token=_read(token), page_url=page_url)
        case SlackReceiver(token=token, channel=channel, api_url=api_url, picture=picture):
            return SlackChannel(http, token.read(), channel=channel, api_url=api_url, picture=picture)
        case SlackWebhookReceiver(url=secret_url):
            return ChatWebhookChannel(http, secret_url.read(), slack_content)
        case TeamsReceiver(url=secret_url):
            return ChatWebhookChannel(http, secret_url.read(), teams_message)
        case PagerDutyReceiver(routing_key=key, api_url=api_url):
            return PagerDutyChannel(http, key.read(), api_url=api_url)
        case OpsgenieReceiver(api_key=key, api_url=api_url):
            return OpsgenieChannel(http, key.read(), api_url=api_url)
        case AlertmanagerReceiver():
            return _alertmanager(receiver, http, page_url)
    raise TypeError(f"no channel for {type(receiver).__name__}")


def _alertmanager(receiver: AlertmanagerReceiver, http: HttpSender, page_url: str | None) -> AlertmanagerChannel:
    password = _read(receiver.password)
    login = None if receiver.username is None or password is None else (receiver.username, password)
    return AlertmanagerChannel(
        http,
        receiver.url,
        authorization=login,
        token=_read(receiver.token),
        resolve_after_ms=receiver.resolve_after,
        page_url=page_url,
    )


def _read(secret: Secret | None) -> str | None:
    return None if secret is None else secret.read()
