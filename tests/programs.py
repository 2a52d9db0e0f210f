"""The zoo: small programs that between them use the whole language. Tests run every pass and every executor over them.

A case is a text and its arguments. The kernel that is run is the last one in the text; the ones above it are called.
Themes have a module each in `zoo/`; a new theme is added here.
"""

from __future__ import annotations

from .zoo.algebra import ALGEBRA
from .zoo.arrays import ARRAYS
from .zoo.blocks import BLOCKS
from .zoo.calls import CALLS
from .zoo.case import Case
from .zoo.complex import COMPLEX
from .zoo.control import CONTROL
from .zoo.counting import COUNTING
from .zoo.functions import FUNCTIONS
from .zoo.gates import GATES
from .zoo.learning import LEARNING
from .zoo.locals import LOCALS
from .zoo.moves import MOVES
from .zoo.numbers import NUMBERS
from .zoo.physics import PHYSICS
from .zoo.records import RECORDS
from .zoo.science import SCIENCE
from .zoo.stacks import STACKS
from .zoo.tables import TABLES
from .zoo.templates import TEMPLATES
from .zoo.vectors import VECTORS
from .zoo.whole import WHOLE
from .zoo.widths import WIDTHS

CASES = [
    *LOCALS, *BLOCKS, *CONTROL, *CALLS,
    *ARRAYS, *VECTORS,
    *SCIENCE, *FUNCTIONS,
    *WHOLE, *WIDTHS, *NUMBERS,
    *GATES, *COUNTING, *TABLES, *PHYSICS, *ALGEBRA, *LEARNING,
    *COMPLEX, *RECORDS, *TEMPLATES,
    *MOVES, *STACKS,
]
ZOO: dict[str, Case] = {c.name: c for c in CASES}
