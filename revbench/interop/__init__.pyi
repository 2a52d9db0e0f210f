from .with_jax import as_jax as as_jax
from .with_scipy import Objective as Objective
from .with_scipy import scipy_objective as scipy_objective
