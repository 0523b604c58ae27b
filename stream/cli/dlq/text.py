"""Dead letters as people and programs read them."""

from __future__ import annotations

from collections.abc import Iterator

from stream.cli.dlq.inventory import Group, Inventory, Letter
from stream.events.refusal import received_headers
from stream.events.text import format_count, format_time
from stream.formats.limits import to_iso
from stream.formats.refused import advise

BYTES_A_LINE = 16
WIDTH = 25
"""Columns of the reason: one more than the longest has."""

LABEL = 13
"""Columns of what stands before each line about one message."""


def table(inventory: Inventory) -> Iterator[str]:
    """Write a table by reason: the figures, an example and what to do, and the formats if they are several."""
    yield f"{'reason':{WIDTH}}{'messages':>9}{'replayed':>10}  {'first (UTC)':15}last (UTC)"
    for reason, group in inventory.by_size():
        span = f"{format_time(group.first_ms):15}{format_time(group.last_ms)}"
        yield f"{reason:{WIDTH}}{group.n:>9,}{group.n_replayed:>10,}  {span}"
        yield f"  e.g. {group.example.refusal.place}; {group.example.advice()}"
        if len(group.formats) > 1:
            yield "  formats: " + ", ".join(f"{n:,} {name}" for name, n in group.formats.most_common())


def summary(inventory: Inventory) -> str:
    """Write how many there are in one line."""
    if not inventory.groups:
        return "no dead letters"
    n_left = inventory.n - inventory.n_replayed
    repeats = f", {inventory.n_repeats:,} repeats left out" if inventory.n_repeats else ""
    foreign = f", {inventory.n_foreign:,} records of others left out" if inventory.n_foreign else ""
    n, reasons = format_count(inventory.n, "message"), format_count(len(inventory.groups), "reason")
    return f"{n} dead-lettered, {reasons}; {n_left:,} not replayed{repeats}{foreign}"


def group_to_json(reason: str, group: Group) -> dict[str, object]:
    """Return what a program needs of one reason."""
    looks_like, advice = advise(reason, group.example.record.value)
    return {
        "reason": reason,
        "messages": group.n,
        "replayed": group.n_replayed,
        "first": to_iso(group.first_ms),
        "last": to_iso(group.last_ms),
        "example": str(group.example.refusal.place),
        **({} if looks_like is None else {"looks_like": str(looks_like)}),
        "advice": advice,
        "formats": dict(group.formats.most_common()),
    }


def heading(letter: Letter) -> Iterator[str]:
    """Write why and where a message was dead-lettered, its key and headers, and how long its value is."""
    refusal, record = letter.refusal, letter.record
    headers = received_headers(record.headers)
    yield f"{'message':{LABEL}}{refusal.place}" + (
        "" if refusal.timestamp_ms is None else f", {to_iso(refusal.timestamp_ms)}"
    )
    yield f"{'dead letter':{LABEL}}{letter.place}, {to_iso(record.timestamp)}"
    yield f"{'reason':{LABEL}}{refusal.reason}"
    yield f"{'detail':{LABEL}}{refusal.detail}"
    yield f"{'what to do':{LABEL}}{letter.advice()}"
    if refusal.cut:
        yield f"{'cut':{LABEL}}{refusal.cut}: not as received, so that it cannot be replayed"
    yield f"{'key':{LABEL}}{_one_line(record.key)}"
    yield f"{'headers':{LABEL}}{len(headers)}"
    for name, value in headers:
        yield f"  {_one_line(name.encode(errors='backslashreplace'))}: {_one_line(value)}"
    yield f"{'value':{LABEL}}" + ("null" if record.value is None else format_count(len(record.value), "byte"))


def body(value: bytes) -> Iterator[str]:
    """Return a value in full: text as it is, else hexadecimal."""
    text = _text(value)
    if text is not None:
        yield text
        return
    for at in range(0, len(value), BYTES_A_LINE):
        line = value[at : at + BYTES_A_LINE]
        shown = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in line)
        yield f"{at:08x}  {line.hex(' '):{3 * BYTES_A_LINE}} {shown}"


def letter_to_json(letter: Letter) -> dict[str, object]:
    """Return everything about one dead letter to a program."""
    refusal, record = letter.refusal, letter.record
    return {
        "message": str(refusal.place),
        **({} if refusal.timestamp_ms is None else {"timestamp": to_iso(refusal.timestamp_ms)}),
        "dead_letter": str(letter.place),
        "put_aside": to_iso(record.timestamp),
        "reason": refusal.reason,
        "detail": refusal.detail,
        "advice": letter.advice(),
        "cut": refusal.cut,
        **_bytes_to_json("key", record.key),
        "headers": [
            {"name": name, **_bytes_to_json("value", value)} for name, value in received_headers(record.headers)
        ],
        **_bytes_to_json("value", record.value),
    }


def _bytes_to_json(name: str, value: bytes | None) -> dict[str, str | None]:
    text = None if value is None else _text(value)
    return {name: text} if value is None or text is not None else {f"{name}_hex": value.hex()}


def _one_line(value: bytes | None) -> str:
    if value is None:
        return "null"
    text = _text(value)
    return f"0x{value.hex()}" if text is None or "\n" in text else text


def _text(value: bytes) -> str | None:
    """Return bytes as text; None where they are none, or hold what a terminal would act upon."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return None
    return text if all(each.isprintable() or each in "\n\t" for each in text) else None
