"""Text of loops that run in lanes: W turns at once, and what is left over one by one. (Turns that make no arrays: `numba_rows`.)

A varying local `y` is lanes called `y_v`; a varying array is flat memory of the same name, W numbers for every element. Arrays from
outside are read W rows at a time, and what is added to them is summed over the lanes first.
"""

from __future__ import annotations

from revbench.ir.nodes import Const, Enter, Expr, Fn, For, ForBack, IfExp, Index, Name, Permute, Range, Shape, Stmt, Update
from revbench.ir.types import INT, Array
from revbench.ir.walk import names, statements
from revbench.numerics.lane_width import WIDTH
from revbench.passes.rows import read_once
from revbench.passes.turns import Turns, turns_of
from revbench.rules.functions import Function
from revbench.rules.typing import type_of

from .numba_expressions import name_of
from .numba_fast import FastText


class LanesText(FastText):
    """Writes one program without laws, in lanes where that can be."""

    lanes: Turns | None = None
    left_over = False                                       # within the few turns that are left over, nothing is worth lanes
    first = ""                                              # the turn of lane 0
    width, same, numbers_of = WIDTH, "_lanes_of", "_lane_numbers"

    def for_loop(self, s: For | ForBack) -> None:
        found = None if self.lanes or self.left_over else turns_of(s, self.types)
        if found is None or not self.arrays_made_once(s):
            super().for_loop(s)
            return
        one_by_one = s
        if found.arrays:
            s = self.with_rows(s, found)
            found = turns_of(s, self.types)
            assert found is not None
        self.begins(s, found)
        even = _even(s.range, self.width)
        start, stop, var = self.cast(s.range.start, "int64"), self.cast(s.range.stop, "int64"), name_of(s.var)
        rest, end = self.new("_r"), self.new("_e")
        self.w(f"{end} = {stop}")
        self.w(f"{rest} = {end}" if even else f"{rest} = {start} + max({end} - {start}, 0) // {self.width} * {self.width}")
        self.in_lanes.add(s.var)
        self.lanes, self.first, splits, self.splits = found, self.new("_p"), self.splits, False
        self.inside += 1
        with self.w.indented(f"for {self.first} in range({start}, {rest}, {self.width}):"), self.ranges.loop(s):
            if any(s.var in names(e) for t in statements(s.body) for e in _values(t)):
                self.w(f"{var}_v = {self.first} + {self.numbers_of}()")
            self.turn(s)
            self.poll_in(s)
        self.inside -= 1
        self.lanes, self.splits = None, splits
        if even:
            return
        left = self.fresh_name_for(rest)
        self.left_over = True
        super().for_loop(For(s.var, Range(Name(left), s.range.stop, s.range.step), one_by_one.body, span=s.span))
        self.left_over = False

    def with_rows(self, s: For | ForBack, found: Turns) -> For | ForBack:
        """The loop with rows that its turns read time and again read once, where those are as long in every turn."""
        new = read_once(s, found, self.types)
        for t in new.body if new is not s else ():
            if isinstance(t, Enter) and t.name not in self.ranges.fixed:
                self.ranges.fixed[t.name] = t.init
                self.stays |= {t.name}
        return new if self.arrays_made_once(new) else s

    def begins(self, s: For | ForBack, found: Turns) -> None:
        """A loop in lanes is about to be written."""
        self.width, self.same, self.numbers_of = WIDTH, "_lanes_of", "_lane_numbers"

    def turn(self, s: For | ForBack) -> None:
        self.block(s.body)

    def fresh_name_for(self, text: str) -> str:
        """A whole number of the generated code, as a name of the program."""
        self.types[text] = INT
        return text

    def arrays_made_once(self, s: For | ForBack) -> bool:
        self.inside += 1
        made = [t for t in statements(s.body) if isinstance(t, Enter) and isinstance(self.types[t.name], Array)]
        out = all(self.extents(t.name, t.init) is not None for t in made)
        self.inside -= 1
        return out

    # ---- what varies
    def varies(self, e: Expr) -> bool:
        return self.lanes is not None and bool(names(e) & (self.lanes.varying | self.lanes.rows.keys() | {self.lanes.var}))

    def memory(self, p: Index) -> tuple[str, str, str]:
        """The array, the offset of lane 0 and the distance between lanes, of a place that varies."""
        assert self.lanes is not None
        own = p.name in self.lanes.varying
        axis = -1 if own else self.lanes.rows[p.name]
        extents = [self.expr(e) if own else f"{name_of(p.name)}.shape[{k}]" for k, e in enumerate(self.ranges.extent(p.name, k) for k in range(len(p.indices)))]
        at = ""
        for k, i in enumerate(p.indices):
            text = self.first if k == axis else self.expr(i)
            at = f"({at}) * {extents[k]} + {text}" if at else text
        if own:
            return f"{name_of(p.name)}_v", f"({at}) * {WIDTH}", "1"
        return name_of(p.name), at, " * ".join(extents[axis + 1:]) or "1"

    def loaded(self, p: Index, at: str | None = None) -> str:
        array, offset, stride = self.memory(p)
        offset = at or offset
        return f"_load({array}, {offset})" if stride == "1" else f"_gather({array}, {offset}, {stride})"

    def assigned(self, p: Expr, value: str, at: str | None = None) -> None:
        if isinstance(p, Index):
            array, offset, stride = self.memory(p)
            offset = at or offset
            self.w(f"_store({array}, {offset}, {value})" if stride == "1" else f"_scatter({array}, {offset}, {stride}, {value})")
        else:
            self.w(f"{self.expr(p)} = {value}")

    # ---- expressions
    def alike(self, e: Expr) -> str:
        """A value as lanes of floats, also where it is the same in all of them."""
        text = self.expr(e)
        return f"{self.same}({text if self.varies(e) and type_of(e, self.types).dtype == 'float64' else f'{text} * 1.0'})"

    def expr(self, e: Expr) -> str:
        if self.lanes is not None and isinstance(e, Shape) and e.name in self.lanes.varying:
            return self.expr(self.ranges.extent(e.name, e.axis))
        if self.lanes is None or not self.varies(e):
            return super().expr(e)
        match e:
            case Name(name):
                return f"{name_of(name)}_v"
            case Index():
                return self.loaded(e)
            case IfExp(test, a, b) if not self.varies(test):
                return f"({self.alike(a)} if {self.expr(test)} else {self.alike(b)})"
            case IfExp(test, a, b):
                return f"_select({self.expr(test)}, {self.expr(a)}, {self.expr(b)})"
            case _:
                return super().expr(e)

    def value_of(self, rule: Function, dtype: str) -> str:
        return rule.fast if self.lanes is not None or (rule.ulp is not None and dtype == "float64") else rule.value

    # ---- statements
    def update(self, s: Update) -> None:
        if self.lanes is None:
            return super().update(s)
        value, op = self.expr(s.value), s.op[0]
        if s.place.name in self.lanes.sums:
            self.w(f"{self.place(s.place)} {op}= _hsum({self.same}({value} * 1.0))")
        elif not self.varies(s.place):
            super().update(s)
        elif isinstance(s.place, Index):
            at = self.new("_o")
            self.w(f"{at} = {self.memory(s.place)[1]}")
            self.assigned(s.place, f"{self.loaded(s.place, at)} {op} {value}", at)
        else:
            self.assigned(s.place, f"{self.expr(s.place)} {op} {value}")

    def assign(self, s: Update) -> None:
        if self.lanes is None or not self.varies(s.place):
            return super().assign(s)
        self.assigned(s.place, f"{self.same}(({'' if s.op == '+=' else '-'}{self.expr(s.value)}) * 1.0)")

    def enter(self, name: str, init: Expr, cleared: bool = True) -> None:
        if self.lanes is None or name not in self.lanes.varying:
            return super().enter(name, init, cleared)
        n = f"{name_of(name)}_v"
        self.ranges.made(name)
        if isinstance(self.types[name], Array):
            size = " * ".join(self.expr(e) if isinstance(e, Shape | Const) else f"max({self.expr(e)}, 0)" for e in self.extents(name, init) or ())
            self.made_once[n] = f"{n} = np.empty(({size} * {WIDTH},), np.float64)"
            if cleared:
                self.w(f"_clear({n})")
        else:
            self.w(f"{n} = {self.alike(init)}")

    def statement(self, s: Stmt) -> None:
        if self.lanes is not None and isinstance(s, Permute) and any(map(self.varies, s.places)):
            olds = [self.new("_w") for _ in s.places]
            for old, p in zip(olds, s.places, strict=True):
                self.w(f"{old} = {self.expr(p)}")
            for p, k in zip(s.places, s.order, strict=True):
                self.assigned(p, olds[k])
            return
        super().statement(s)


def _even(r: Range, width: int) -> bool:
    """Whether no turn is left over: the number of turns is a multiple of the lanes'."""
    match r.start, r.stop:
        case Const(0), Fn("mul", (_, Const(int() as c))):
            return c % width == 0
        case _:
            return False


def _values(s: Stmt) -> tuple[Expr, ...]:
    match s:
        case Update(_, _, value):
            return (value,)
        case Enter(_, init):
            return (init,)
        case _:
            return ()
