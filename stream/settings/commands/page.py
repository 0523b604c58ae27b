"""Settings of the live page: where it listens, who may open it, and what it keeps."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from pathlib import Path

from pydantic import Field

from stream.settings.part import Part
from stream.settings.sources import variable
from stream.settings.values import File


def is_loopback(host: str) -> bool:
    """Check whether an address is this machine's own."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


class PageSettings(Part):
    """How the live page is served."""

    page_host: str = Field(default="127.0.0.1", min_length=1, description="Address of the live page.")
    page_port: int = Field(default=8720, ge=0, le=65535, description="Port of the live page; 0 takes a free one.")
    page_token_file: File | None = Field(
        default=None,
        description="File whose only line is the token that a browser must give; needed beyond loopback.",
    )
    page_user_header: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9-]+$",
        description="Header with the user's name that a trusted proxy sets after login, instead of a token.",
    )
    page_proxies: str = Field(
        default="127.0.0.1,::1", description="Addresses whose user header is believed, with commas between."
    )
    page_names: str = Field(
        default="",
        description="Further host names under which browsers may open the page, with commas between.",
    )
    page_data: Path | None = Field(
        default=None,
        description="Folder of the page's history; without it streamgauge/page in the user's state folder.",
    )
    page_days: float = Field(default=7, gt=0, le=365, description="Days for which the page keeps what it has seen.")
    page_max_mb: int = Field(default=2_000, ge=50, description="Megabytes that the page's history may take.")

    @property
    def page_is_open(self) -> bool:
        """Whether anybody who reaches the page may use it."""
        return self.page_token_file is None and self.page_user_header is None

    def conflicts(self) -> Iterator[str]:
        """Check that a page for others asks who they are."""
        yield from super().conflicts()
        if self.page_is_open and not is_loopback(self.page_host):
            yield (
                f"{variable('page_host')}: {self.page_host} is not loopback, so others could mute your alerts; "
                f"expected {variable('page_token_file')}, or {variable('page_user_header')} behind a proxy that logs in"
            )
        for address in self.page_proxies.split(","):
            try:
                ipaddress.ip_network(address.strip())
            except ValueError:
                yield f"{variable('page_proxies')}: expected addresses or networks; found {address!r}"
