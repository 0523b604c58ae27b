"""Mutation of valid inputs: bytes, JSON tokens, lengths, and pieces of other inputs."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random
from typing import Final

TOKENS: Final = re.compile(rb'"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|[{}\[\],:]|\s+|[^\s]')

NUMBERS: Final = (
    *(b"0", b"-0", b"-1", b"1e18", b"1.0000000000000001e18", b"-1e18", b"1e19", b"1e308", b"1e309", b"-1e400"),
    *(b"NaN", b"Infinity", b"-Infinity", b"1e-400", b"0.1", b"01", b"+1", b"1.", b".5", b"0x10", b"1_000"),
    *(b"31536000000", b"31535999999", b"253402300799999", b"253402300800000", b"9223372036854775807"),
    *(b"9223372036854775808", b"-9223372036854775809", b"18446744073709551616", b"1700000000000.0", b"1700000000"),
)
TEXTS: Final = (
    *(b'""', b'"\\u0000"', b'"\\ud800"', b'"\\ud83d\\ude00"', b'"\xc3\xa4"', b'"\xff"', b'"\xed\xa0\x80"', b'"\\""'),
    *(b'"2023-11-14T22:13:20Z"', b'"2023-11-14T22:13:20"', b'"2023-11-14T22:13:20+25:00"', b'"9999-12-31T23:59:59Z"'),
    *(b'"0001-01-01T00:00:00Z"', b'"2023-02-30T00:00:00Z"', b'"2023-11-14T22:13:60Z"', b'"a"', b'"series"', b'"value"'),
    *(b'"timestamp"', b'"points"', b'"NaN"', b'"1"', b"null", b"true", b"{}", b"[]", b"[[]]", b'{"a":1}', b"[1,2]"),
)
DEEP: Final = (b"[" * 2_000, b'{"a":' * 2_000, b"[" * 200 + b"]" * 200)

NESTED_SHARE: Final = 0.01

Operation = Callable[[Random, bytes, Sequence[bytes]], bytes]


def mutate(random: Random, corpus: Sequence[bytes], max_operations: int = 4) -> bytes:
    """Return one input of the corpus with up to `max_operations` changes; sometimes it is left as it is."""
    value = random.choice(corpus)
    for _ in range(random.randint(0, max_operations)):
        value = random.choice(OPERATIONS)(random, value, corpus)
    return nest(random, value) if random.random() < NESTED_SHARE else value


def _flip(random: Random, value: bytes, _corpus: Sequence[bytes]) -> bytes:
    if not value:
        return value
    at = random.randrange(len(value))
    return value[:at] + bytes([value[at] ^ (1 << random.randrange(8))]) + value[at + 1 :]


def _overwrite(random: Random, value: bytes, _corpus: Sequence[bytes]) -> bytes:
    at = random.randrange(len(value) + 1)
    n = random.choice((1, 2, 4, 8))
    piece = random.choice((b"\x00", b"\xff", b"\x7f", b"\x80", b'"', b"\\", b"\n")) * n
    return value[:at] + piece + value[at + random.choice((0, n)) :]


def _cut(random: Random, value: bytes, _corpus: Sequence[bytes]) -> bytes:
    start, end = sorted((random.randrange(len(value) + 1), random.randrange(len(value) + 1)))
    return random.choice((value[:start], value[end:], value[:start] + value[end:]))


def _repeat(random: Random, value: bytes, _corpus: Sequence[bytes]) -> bytes:
    start, end = sorted((random.randrange(len(value) + 1), random.randrange(len(value) + 1)))
    return value[:end] + value[start:end] * random.choice((1, 1, 2, 5)) + value[end:]


def _splice(random: Random, value: bytes, corpus: Sequence[bytes]) -> bytes:
    other = random.choice(corpus)
    return value[: random.randrange(len(value) + 1)] + other[random.randrange(len(other) + 1) :]


def _replace_token(random: Random, value: bytes, _corpus: Sequence[bytes]) -> bytes:
    tokens = TOKENS.findall(value[:4_000])
    if not tokens:
        return value
    at = random.randrange(len(tokens))
    tokens[at] = random.choice(random.choice((NUMBERS, TEXTS)))
    return b"".join(tokens) + value[4_000:]


def _move_token(random: Random, value: bytes, _corpus: Sequence[bytes]) -> bytes:
    tokens = TOKENS.findall(value[:4_000])
    if not tokens:
        return value
    start = random.randrange(len(tokens))
    piece = tokens[start : start + random.choice((1, 1, 3, 4, 8))]
    at = random.randrange(len(tokens) + 1)
    return (
        b"".join([*tokens[:at], *random.choice((piece, [])), *tokens[at + random.choice((0, 0, 1)) :]]) + value[4_000:]
    )


def nest(random: Random, value: bytes) -> bytes:
    """Insert brackets that nest deeply."""
    at = random.randrange(len(value) + 1)
    return value[:at] + random.choice(DEEP) + value[at:]


OPERATIONS: Final[tuple[Operation, ...]] = (
    *(_flip, _flip, _overwrite, _cut, _repeat, _splice),
    *(_replace_token, _replace_token, _replace_token, _move_token, _move_token, _move_token),
)
