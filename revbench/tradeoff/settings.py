"""The one check that all schedules share: their numbers make sense."""

from __future__ import annotations

from revbench.errors import RevbenchError


class BadSetting(RevbenchError):
    """A number of steps, snapshots or parts with which a schedule cannot be made."""


def at_least(least: int, **settings: int) -> None:
    """Raise `BadSetting` for the first setting below `least`."""
    for name, value in settings.items():
        if value < least:
            raise BadSetting(f"{name} is {value}, but has to be at least {least}")
