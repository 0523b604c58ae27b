"""What a refused message is given on its way to the dead-letter topic; its key and value stay as received."""

from __future__ import annotations

from collections.abc import Sequence

from stream.formats.reasons import BadMessageError


def dead_letter_headers(
    bad: BadMessageError, topic: str, partition: int, offset: int, original: Sequence[tuple[str, bytes]] | None
) -> list[tuple[str, bytes]]:
    """Give the headers of a dead letter: those received, then why it was refused and where it was.

    Parameters
    ----------
    bad : BadMessageError
        Gives `streamgauge.reason` and `streamgauge.detail`.
    topic, partition, offset : str, int, int
        Where the message was received; `streamgauge.topic`, `.partition` and `.offset`, numbers in decimal.
    original : pairs or None
        Headers as received.
    """
    return [
        *(original or []),
        ("streamgauge.reason", bad.reason.encode()),
        ("streamgauge.detail", bad.detail.encode()),
        ("streamgauge.topic", topic.encode()),
        ("streamgauge.partition", b"%d" % partition),
        ("streamgauge.offset", b"%d" % offset),
    ]
