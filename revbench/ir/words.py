"""Small words for messages."""

from __future__ import annotations


def an(word: str) -> str:
    """`an int64`, `a uint8`, `a float64`."""
    return f"{'an' if word[:1].lower() in 'aeio' else 'a'} {word}"


def counted(n: int, one: str, many: str = "") -> str:
    """`1 argument`, `2 arguments`."""
    return f"{n} {one if n == 1 else many or one + 's'}"
