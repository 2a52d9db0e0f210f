from . import arithmetic as arithmetic
from . import blas as blas
from . import coding as coding
from . import linalg as linalg
from . import nn as nn
from . import sorting as sorting
from . import sparse as sparse
from . import statistics as statistics
