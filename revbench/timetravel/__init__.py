"""Stepping through a run in both directions, without any user interface."""

from .session import Session as Session

__all__ = ["Session"]
