"""Settings of the notifier's process."""

from __future__ import annotations

from pydantic import Field

from stream.settings.part import Part
from stream.settings.values import File


class NotifySettings(Part):
    """Where the notifier finds its receivers and routes."""

    notify_file: File | None = Field(
        default=None, description="TOML file of receivers and routes of `streamgauge notify`."
    )
