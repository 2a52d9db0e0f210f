"""Our own elementary functions, without branches: loops over them become vector code, for which libm has no functions.

Each is written once over `Value`s, for scalars and for lanes. They are right for every argument, infinities, NaN, zeros of
both signs and subnormals included. Which there are, and how far they are off, is in the rows of `rules.functions`.
"""

from __future__ import annotations

from .circular import acos as acos
from .circular import asin as asin
from .circular import atan as atan
from .circular import cos as cos
from .circular import sin as sin
from .circular import tan as tan
from .exponential import exp as exp
from .exponential import exp2 as exp2
from .exponential import expm1 as expm1
from .exponential import log as log
from .exponential import log1p as log1p
from .exponential import log2 as log2
from .exponential import log10 as log10
from .exponential import logaddexp as logaddexp
from .hyperbolic import acosh as acosh
from .hyperbolic import asinh as asinh
from .hyperbolic import atanh as atanh
from .hyperbolic import cosh as cosh
from .hyperbolic import logistic as logistic
from .hyperbolic import sinh as sinh
from .hyperbolic import tanh as tanh
from .plane import atan2 as atan2
from .plane import hypot as hypot
from .power import cbrt as cbrt
from .power import pow as pow
from .rounding import ceil as ceil
from .rounding import floor as floor
from .rounding import sign as sign
