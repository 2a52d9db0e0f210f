"""Small words for messages."""

from __future__ import annotations


def an(word: str) -> str:
    """`an int64`, `a uint8`, `a float64`."""
    return f"{'an' if word[:1].lower() in 'aeio' else 'a'} {word}"


def counted(n: int, noun: str) -> str:
    """`1 argument`, `2 arguments`."""
    ending = "es" if noun.endswith("is") else "s"
    return f"{n} {noun if n == 1 else noun.removesuffix('is') + ending if ending == 'es' else noun + ending}"
