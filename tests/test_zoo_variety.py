"""The zoo itself: how many programs, how different from one another, how deep, and how many of them in plain Python."""

from __future__ import annotations

import ast
from collections import defaultdict

from revbench.rules.functions import VOCABULARY

from .programs import CASES
from .running import kernel

MARKERS = {"fi", "came_from", "until", "free", "keep", "compute", "uncompute", "inverse", "view", "unchecked"}


class _Nameless(ast.NodeTransformer):
    """Names by the order in which they appear, and all constants the same; what the language knows by name stays."""

    def __init__(self) -> None:
        self.order: dict[str, str] = {}

    def called(self, name: str) -> str:
        return name if name in VOCABULARY else self.order.setdefault(name, f"v{len(self.order)}")

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(self.called(node.id), node.ctx)

    def visit_arg(self, node: ast.arg) -> ast.arg:
        return ast.arg(self.called(node.arg))

    def visit_keyword(self, node: ast.keyword) -> ast.keyword:
        return ast.keyword(node.arg and self.called(node.arg), self.visit(node.value))

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.name = self.called(node.name)
        return self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        return ast.Constant(0)


def shape(text: str) -> str:
    """A shown program without its names and constants."""
    return ast.dump(_Nameless().visit(ast.parse(text)))


def nests(text: str) -> bool:
    """Is there a branch or a loop inside a loop?"""
    loops = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.For | ast.While)]
    return any(isinstance(inner, ast.For | ast.While | ast.If) for loop in loops for inner in ast.walk(loop) if inner is not loop)


def markers(text: str) -> set[str]:
    """What a text says to the compiler that Python would not need."""
    nodes = list(ast.walk(ast.parse(text)))
    called = {n.func.id for n in nodes if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    return called & MARKERS | {"del" for n in nodes if isinstance(n, ast.Delete)}


def accumulates(text: str) -> bool:
    """Is a local made and then changed, as one would in Python (`s = 0.0`, `s += ...`)?"""
    nodes = list(ast.walk(ast.parse(text)))
    made = {t.id for n in nodes if isinstance(n, ast.Assign) for t in n.targets if isinstance(t, ast.Name)}
    changed = {n.id for a in nodes if isinstance(a, ast.AugAssign) for n in ast.walk(a.target) if isinstance(n, ast.Name)}
    return bool(made & changed)


def test_there_are_many_programs_and_their_names_are_different() -> None:
    assert len({c.name for c in CASES}) == len(CASES) >= 120


def test_no_two_programs_are_the_same_but_for_names_and_constants() -> None:
    found = defaultdict(list)
    for c in CASES:
        found[shape(kernel(c.name).show("ir"))].append(c.name)
    assert [names for names in found.values() if len(names) > 1] == []


def test_the_same_program_in_other_names_is_noticed() -> None:
    one = "def f(y, x):\n    for i in range(3):\n        y += sin(x) * 2.0"
    assert shape(one) == shape("def g(out, a):\n    for k in range(5):\n        out += sin(a) * 0.1")
    assert shape(one) != shape("def f(y, x):\n    for i in range(3):\n        y += cos(x) * 2.0")
    assert shape(one) != shape("def f(y, x):\n    for i in range(3):\n        y += sin(y) * 2.0")


def test_in_many_programs_a_branch_or_a_loop_stands_in_a_loop() -> None:
    assert sum(nests(c.text) for c in CASES) >= 60


def test_programs_that_accumulate_in_a_local_need_no_marker() -> None:
    accumulating = [c for c in CASES if accumulates(c.text)]
    plain = [c.name for c in accumulating if not markers(c.text)]
    assert len(plain) >= 90
    assert len(plain) >= 0.8 * len(accumulating)
