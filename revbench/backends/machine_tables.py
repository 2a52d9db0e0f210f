"""What the reversible machine and whoever writes code for it agree on: registers, columns, tokens, instructions."""

from __future__ import annotations

from revbench.rules.functions import FUNCTIONS

HEADER = 7                        # ints of a frame before its slots
STACK = 256                       # how many values an expression, or a `print`, may have on its way
TOLERANCE, TOLERANCE32 = 1.5e-8, 3.5e-4
#   registers of the machine, in R
REGISTERS = ("pc", "dir", "ip", "fp", "itop", "ftop", "ktop", "ltop", "live", "peak", "erased", "fail", "depth", "events", "moments", "looked")
REG = {name: k for k, name in enumerate(REGISTERS)}

#   why `run` came back
LIMIT, DONE, INTERRUPT, BROKEN, GROW, HOST, FULL, STOP = range(8)
#   which law an instruction broke: its own (said in its row), or one that its values decide
ZERO_FACTOR, OVERFLOWS, REMAINDER, RELEASED, OWN, SHAPE, EVEN_FACTOR, UNLIKE = range(-1, -9, -1)

#   columns of what is asked at moments: tokens from k to k_end (none: yes), only in the frame at (-1: in any), the row that remembers; and in that row:
#   whether what begins to hold counts, not what holds; whether it held, how often, from which time on that stops, whether it did; the next to ask
ASKS = ("k", "k_end", "frame", "head", "edge", "was", "hits", "wanted", "hit", "next")
ASK = {name: k for k, name in enumerate(ASKS)}
NEVER = -1                        # in place of a token: no
#   columns of the code
COLUMNS = ("op", "mode", "dst", "a", "b", "a2", "b2", "c", "mode2", "dst2", "kind", "n")
COL = {name: k for k, name in enumerate(COLUMNS)}
LOCAL, REF, ELEMENT = range(3)
LOST, INT = 1, 2                  # flags in column c of instructions that begin or end a name: it ends with `forget`; it lies in the int bank
#   kinds of a cell: what a store rounds or wraps to. From 5 on they are unsigned
KINDS = {"float64": 0, "float32": 1, "int64": 0, "int32": 2, "int16": 3, "int8": 4, "uint32": 5, "uint16": 6, "uint8": 7, "uint64": 8, "bool": 0}
EXACT = 9                         # the kind of what a number system keeps: a sum that does not fit breaks a law
UNSIGNED = 5
#   a comparison is the set of outcomes that make it true: 1 unordered, 2 less, 4 equal, 8 greater
COMPARISONS = {"lt": 2, "le": 6, "gt": 8, "ge": 12, "eq": 4, "ne": 11}
TESTS = ("isnan", "isfinite", "isinf")

#   functions whose tokens stand in `run` itself, because programs are full of them; the others are called
INLINE = {"f": ("add", "sub", "mul", "div", "neg", "sqrt"), "i": ("add", "sub", "mul")}


def _family(results: tuple[str, ...], arity: int, inline: tuple[str, ...], without: tuple[str, ...] = ()) -> tuple[str, ...]:
    return tuple(f for f, r in FUNCTIONS.items() if r.result in results and len(r.params) == arity and f not in inline and f not in without
                 and not r.value.startswith("_u_"))           # a user's, declared before the machine was needed: Python finds its values


#   the families that are called: float functions of one and two values, of whole numbers, and those that differ for uint64
FAMILIES = {
    "f1": _family(("same", "float"), 1, INLINE["f"]),
    "f2": _family(("same", "float"), 2, INLINE["f"]),
    "i1": _family(("same", "int"), 1, INLINE["i"], ("sign", "abs2")),
    "i2": _family(("same", "int"), 2, INLINE["i"], ("pow",)),
    "u2": ("floordiv", "mod", "min", "max", "rshift"),
}
PLAIN = (
    "const_f", "const_i", "local_f", "ref_f", "local_i", "ref_i", "load1_f", "load2_f", "loadn_f", "load1_i", "load2_i", "loadn_i",
    "first", "next", "slot", "address_f", "address_i", "offset", "round32", "narrow", "truth_f", "truth_i", "not",
    "skip_if_false", "skip_if_true", "jump_if_false", "jump", "require", "compare_f", "compare_i", "compare_u", "isnan", "isfinite", "isinf",
    "top_f", "top_i", "to_f", "to_i", "u_to_f", "f_to_u", "ipow", "fix", "unfix", "argmax_f", "argmin_f", "argmax_i", "argmin_i", "argmax_u", "argmin_u",
    "hosted",
)
#   the called families stand last, one after the other: `run` tells them apart by where they begin
TOKENS = (*PLAIN, *(f"{bank}_{f}" for bank, names in INLINE.items() for f in names), *(f"{family[0]}_{f}" for family, names in FAMILIES.items() for f in names))
TOKEN = {name: k for k, name in enumerate(TOKENS)}
FIRST = {family: TOKEN[f"{family[0]}_{names[0]}"] for family, names in FAMILIES.items()}

OPS = ("add_f", "sub_f", "mul_f", "div_f", "add_i", "sub_i", "xor_i", "mul_i", "div_i", "swap_f", "swap_i",
       "enter_f", "leave_f", "enter_i", "leave_i", "forget", "if", "else", "fi", "loop", "until", "again", "for", "next", "call", "begin", "end", "assert",
       "array_f", "unarray_f", "array_i", "unarray_i", "forget_array", "stash", "unstash", "stash_array", "unstash_array", "observe",
       "put_f", "put_i", "push", "pop", "append", "drop")
OP = {name: k for k, name in enumerate(OPS)}
