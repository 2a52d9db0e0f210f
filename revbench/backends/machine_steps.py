"""Code for the instructions of `machine_moves.py`: bijections of places, stacks."""

from __future__ import annotations

from revbench.errors import Span
from revbench.ir.nodes import Append, Apply, Drop, Expr, Index, Name, Permute, Place, Pop, Push, Stmt, Unapply
from revbench.ir.show import show_expr, show_head
from revbench.ir.types import is_float
from revbench.rules.bijections import values

from .machine_postfix import Postfix
from .machine_program import Row, Token
from .machine_tables import ELEMENT, INT, KINDS, LOCAL, TOKEN
from .writer import Site


class Steps(Postfix):
    """Rows that write several cells at once."""

    rows: list[Row]
    token_sites: list[tuple[int, int, str, Site]]

    def row(self, op: str, kind_: str, text: str, span: Span | None, **more: object) -> int:
        raise NotImplementedError

    def guards(self, s: Stmt) -> list[Token]:
        raise NotImplementedError

    def located(self, a: Expr, at: int) -> list[Token]:
        """Where a number, or a stack, lies."""
        assert isinstance(a, Name | Index), "compiler bug: computed argument"
        sym = self.fn.symbols[a.name]
        if isinstance(a, Index):
            return [*self.linear(a, at), (TOKEN["offset"], sym.slot)]
        return [(TOKEN["slot"], sym.slot) if sym.mode == "ref" else (TOKEN[f"address_{sym.bank.lower()}"], sym.slot)]

    def bijection(self, s: Apply | Unapply) -> None:
        """The values after it, stored at once; on the way back those before it."""
        t = self.types[s.places[0].name].dtype
        k = self.row(f"put_{'f' if is_float(self.types[s.places[0].name]) else 'i'}", "update", show_head(s), s.span,
                     tokens=self.stored(s, values(s, t)), n=len(s.places), cell=KINDS[t])
        self.rows[k].back = self.stored(s, values(s, t, back=True))
        self.token_sites += [(k, at, "back", site) for at, site in self.pending.items()]
        self.pending = {}

    def stored(self, s: Apply | Unapply, new: tuple[Expr, ...]) -> list[Token]:
        out = self.guards(s)
        bank = "f" if is_float(self.types[s.places[0].name]) else "i"
        for e in new:
            out += self.value(e, bank, len(out))
        for p in s.places:
            out += self.located(p, len(out))
        return out

    def stack(self, s: Push | Pop | Append | Drop) -> None:
        t, text = self.types[s.stack.name], show_head(s)
        moved: Place | Expr = s.place if isinstance(s, Push | Pop) else s.value
        bank = "f" if is_float(t) else "i"
        tokens = self.located(s.stack, 0) if isinstance(s, Push | Pop) else self.value(s.value, bank, 0)
        tokens += self.located(moved, len(tokens)) if isinstance(s, Push | Pop) else self.located(s.stack, len(tokens))
        op = type(s).__name__.lower()
        self.row(op, "stack", text, s.span, tokens=tokens, c=INT * (bank == "i"), cell=KINDS[t.dtype],
                 site=("stack", f"`{text}` of an empty stack"), names=(show_expr(moved), f"{s.stack.name}[-1]"))

    def swap_stacks(self, s: Permute, a: str, b: str) -> None:
        """Both ints of each: as elements of an array that begins where the stack lies, if it was handed in."""
        for k in range(2):
            places = []
            for name in (a, b):
                sym = self.fn.symbols[name]
                places.append((ELEMENT, sym.slot, [(TOKEN["const_i"], k)]) if sym.mode == "ref" else (LOCAL, sym.slot + k, []))
            (mode, dst, first), (mode2, dst2, second) = places
            self.row("swap_i", "permute", show_head(s), s.span, tokens=[*first, *second], mode=mode, dst=dst, mode2=mode2, dst2=dst2)
