"""The Sun, eight planets and Pluto: what the leapfrog figure of the paper starts from.

Lengths are in AU, times in years, masses in solar masses. The published program turns Newton's constant into
these units with `AU = 1.496e11 m`, `year = 3.154e7 s` and `solar mass = 1.988544e30 kg`,

    G = 6.67259e-11 m^3/(kg s^2)
      = 6.67259e-11 * 1.988544e30 * 3.154e7**2 / 1.496e11**3 = 39.42377818 AU^3/(solar mass year^2),

and velocities from AU/day with 365.25 days. The two years differ by 0.06 %, and both are kept, since the
figure's numbers come from them. A step is `DT` = 0.01 years; only the first kick takes half of it.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

AU = 1.496e11               # metres
YEAR = 3.154e7              # seconds
SOLAR_MASS = 1.988544e30    # kilograms
DAYS = 365.25               # days in a year, for velocities

G = 6.67259e-11 * SOLAR_MASS * YEAR**2 / AU**3
DT = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class SolarSystem:
    """Ten bodies at the start, all arrays of one float type."""

    r: NDArray[Any]             # (10, 3)  positions, AU
    v: NDArray[Any]             # (10, 3)  velocities, AU/year
    m: NDArray[Any]             # (10,)    masses, solar masses
    names: tuple[str, ...]


def solar_system(dtype: DTypeLike = np.float64) -> SolarSystem:
    """The ten bodies, read as float64, then rounded (or widened) to `dtype`; every call has its own arrays.

    >>> bodies = solar_system(np.float32)
    >>> bodies.names[3], bodies.r.shape, bodies.m.dtype.name
    ('Earth', (10, 3), 'float32')
    """
    text = (files("revbench.paper") / "data" / "solar_system.csv").read_text(encoding="ascii")
    rows = list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))

    def columns(*keys: str) -> NDArray[np.float64]:
        return np.array([[float(row[key]) for key in keys] for row in rows])

    return SolarSystem(r=columns("x", "y", "z").astype(dtype),
                       v=(columns("vx", "vy", "vz") * DAYS).astype(dtype),
                       m=columns("mass")[:, 0].astype(dtype),
                       names=tuple(row["body"] for row in rows))
