"""Header of history: older points of its message never alert."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from stream.formats.rejections import BadMessageError, Reason, excerpt

PAGE_FROM: Final = "streamgauge-page-from"
"""Name of the header. Its value: milliseconds since the epoch in decimal digits, in ASCII."""

NO_HISTORY: Final = 0
"""Event time that no point is older than: that of a message without the header."""

_DIGITS = re.compile(rb"[0-9]{1,15}")


def page_from_header(page_from_ms: int) -> tuple[str, bytes]:
    """Make the header of a message with history."""
    return PAGE_FROM, str(page_from_ms).encode()


def read_page_from(headers: Sequence[tuple[str, bytes | None]]) -> int:
    """Return the event time from which points may alert.

    `NO_HISTORY` without the header.

    Raises
    ------
    BadMessageError
        If there is one that is no time, or more than one.
    """
    texts = [text for name, text in headers if name == PAGE_FROM]
    if not texts:
        return NO_HISTORY
    text = texts[0] or b""
    if len(texts) > 1 or not _DIGITS.fullmatch(text):
        found = f"{len(texts)} of them" if len(texts) > 1 else f"'{excerpt(text.decode(errors='replace'), 40)}'"
        raise BadMessageError(
            Reason.PAGE_FROM_UNREADABLE, f"header {PAGE_FROM}: expected milliseconds since the epoch, found {found}"
        )
    return int(text)
