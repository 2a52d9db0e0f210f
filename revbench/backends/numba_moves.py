"""Numba's text for what moves values: bijections of places, stacks; and how large what they moved was.

A stack is a buffer and a depth; both come back from a function that writes it, like written scalars.
"""

from __future__ import annotations

from collections.abc import Iterable

from revbench.ir.nodes import Append, Apply, Drop, Expr, Name, Place, Pop, Push, Unapply
from revbench.ir.show import show_expr, show_head
from revbench.ir.types import Array, kind
from revbench.ir.walk import names
from revbench.rules.bijections import values
from revbench.rules.typing import type_of

from .numba_expressions import ExpressionText, depth_of, name_of, numpy_name, words
from .writer import Site

TOLERANCE = {"float64": 1.5e-8, "float32": 3.5e-4}          # square roots of the rounding unit, times what the place has held


class MovesText(ExpressionText):
    """Statements that exchange what places hold for something else."""

    watched: set[str]                                       # floats whose end is tested

    def bijection(self, s: Apply | Unapply) -> None:
        for e in (*s.places, *s.params):
            self.guard(e)
        t = self.types[s.places[0].name].dtype
        new = values(s, t)
        for e in new:
            self.guard(e)
        left = ", ".join(map(self.place, s.places))
        self.w(f"{left} = {', '.join(self.expr(e) if t == 'bool' else f'np.{t}({self.expr(e)})' for e in new)}")
        for p in s.places:
            self.watch(p, *s.places, *s.params, held=s.places)

    def handed(self, e: Expr) -> list[str]:
        """What stands for an argument or an exchanged place."""
        return words([e.name], self.types) if isinstance(e, Name) else [self.expr(e)]

    def stack(self, s: Push | Pop | Append | Drop) -> None:
        n, d, dtype, text = name_of(s.stack.name), depth_of(s.stack.name), self.types[s.stack.name].dtype, show_head(s)
        moved = s.place if isinstance(s, Push | Pop) else s.value
        self.guard(moved)
        value = self.expr(moved) if dtype == "bool" else f"np.{dtype}({self.expr(moved)})"
        if isinstance(s, Push | Append):
            with self.w.indented(f"if {d} == len({n}):"):
                self.w(f"{n} = np.concatenate(({n}, np.empty(len({n}) + 16, {n}.dtype)))")
            self.w(f"{n}[{d}] = {value}")
            self.w(f"{d} += 1")
        else:
            if self.checked:
                top, tolerance = f"{n}[{d} - 1]", TOLERANCE.get(dtype)
                self.fail_unless(f"{d} > 0", Site("stack", f"`{text}` of an empty stack", (), s.span), ())
                held = ", ".join([f"abs({top})", *([f"abs({value})"] if isinstance(s, Drop) else []), *self.scales("", (moved,))])
                away = f"abs({value} - {top})" if isinstance(s, Drop) else f"abs({value})"
                test = f"{value} == {top if isinstance(s, Drop) else (dtype == 'bool' and 'False') or '0'}"
                if tolerance is not None:
                    test = f"{away} <= {tolerance} * max({held}, 0.0)"
                message = f"`{text}` does not find what was appended" if isinstance(s, Drop) else f"`{text}` would overwrite what `{show_expr(moved)}` holds"
                self.fail_unless(test, Site("stack", message, (show_expr(moved), f"{s.stack.name}[-1]"), s.span), (), (value, top))
            self.w(f"{d} -= 1")
        if isinstance(s, Push | Pop):
            self.w(f"{self.place(s.place)} = {f'{n}[{d}]' if isinstance(s, Pop) else 'False' if dtype == 'bool' else f'np.{dtype}(0)'}")
            self.watch(s.place)

    # ---- the keeper stacks: of floats and of whole numbers
    def keeper_stacks(self, kept: Iterable[str]) -> None:
        """They begin empty. The shapes of arrays lie among the whole numbers."""
        for k in sorted({b for name in kept for b in (self.bank(name), "i" if isinstance(self.types[name], Array) else self.bank(name))}):
            self.w(f"_ks_{k} = np.empty(16, np.{'float64' if k == 'f' else 'int64'})")
            self.w(f"_kp_{k} = 0")

    def bank(self, name: str) -> str:
        return "f" if kind(self.types[name].dtype) == "f" else "i"

    def stash(self, name: str) -> None:
        k, n, t = self.bank(name), name_of(name), self.types[name]
        if isinstance(t, Array):
            self.w(f"_ks_{k}, _kp_{k} = _kept(_ks_{k}, _kp_{k}, {n})")
            for axis in range(t.ndim):
                self.keep("i", f"{n}.shape[{axis}]")
        else:
            self.keep(k, f"np.int64({n})" if t.dtype == "uint64" else n)

    def keep(self, k: str, value: str) -> None:
        with self.w.indented(f"if _kp_{k} == len(_ks_{k}):"):
            self.w(f"_ks_{k} = np.concatenate((_ks_{k}, np.empty(len(_ks_{k}), _ks_{k}.dtype)))")
        self.w(f"_ks_{k}[_kp_{k}] = {value}")
        self.w(f"_kp_{k} += 1")

    def unstash(self, name: str) -> None:
        k, n, t = self.bank(name), name_of(name), self.types[name]
        if isinstance(t, Array):
            self.w(f"_kp_i -= {t.ndim}")
            shape = ", ".join(f"_ks_i[_kp_i + {axis}]" if axis else "_ks_i[_kp_i]" for axis in range(t.ndim))
            self.w(f"{n} = np.empty(({shape},), np.{numpy_name(t)})")
            self.w(f"_kp_{k} = _given_back(_ks_{k}, _kp_{k}, {n})")
        else:
            self.w(f"_kp_{k} -= 1")
            self.w(f"{n} = {f'_ks_{k}[_kp_{k}] != 0' if t.dtype == 'bool' else f'np.{t.dtype}(_ks_{k}[_kp_{k}])'}")
        if name in self.watched:
            self.w(f"_m_{n} = {f'_amax({n})' if isinstance(t, Array) else f'abs({n})'}")

    def watch(self, p: Place, *read: Expr, held: tuple[Place, ...] = ()) -> None:
        """The largest magnitude that a local, or a local that it was computed from, has held: tolerances are relative to it.

        What is tested outside is watched in `with unchecked()` too.
        """
        if p.name in self.watched:
            m = f"_m_{name_of(p.name)}"
            now = f"_amax({self.place(p)})" if isinstance(type_of(p, self.types), Array) else f"abs({self.place(p)})"
            mixed = [f"abs({self.place(q)})" for q in held if q != p]
            self.w(f"{m} = max({', '.join([m, now, *mixed, *self.scales(p.name, read)])})")

    def scales(self, name: str, read: Iterable[Expr]) -> list[str]:
        """The magnitudes of the other locals that are read: by what they miss on their way back, `name` will miss too."""
        return [f"_m_{name_of(n)}" for n in sorted((frozenset().union(*map(names, read)) & self.watched) - {name})]
