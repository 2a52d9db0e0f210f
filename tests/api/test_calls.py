"""Calls of kernels: what goes in, what comes out, what is refused, and that nothing of the caller's is changed."""

import numpy as np
import pytest

import revbench as rb
from revbench import errors

NORM = """
def norm(out, x):
    s = 0.0
    for i in range(len(x)):
        s += x[i] ** 2
    out += sqrt(s)
"""


@pytest.fixture(scope="module")
def norm() -> rb.Kernel:
    return rb.compile(NORM)


@pytest.fixture(scope="module")
def add() -> rb.Kernel:
    return rb.compile("def add(x, y):\n    for i in range(len(x)):\n        x[i] += y[i]\n")


def test_norm_without_any_marker_runs_inverts_and_differentiates(norm: rb.Kernel) -> None:
    out = norm(0.0, [3.0, 4.0])
    assert out.out == 5.0
    assert type(out.out) is float
    assert repr(out) == "Outputs(out=5.0, x=array([3., 4.]))"
    assert (~norm)(*out).out == 0.0
    assert ~~norm is norm
    np.testing.assert_allclose(rb.grad(norm)(0.0, [3.0, 4.0]).x, [0.6, 0.8])
    assert rb.check_inverse(norm, 0.0, [3.0, 4.0])
    assert rb.check_grad(norm, 0.0, [3.0, 4.0])


def test_the_callers_arrays_are_never_changed(add: rb.Kernel) -> None:
    x, y = np.arange(4.0), np.ones(4)
    out = add(x, y)
    np.testing.assert_array_equal(out.x, [1, 2, 3, 4])
    np.testing.assert_array_equal(x, np.arange(4.0))
    assert out.y is y                                     # what is only read is not copied
    np.testing.assert_array_equal(add(x, x).x, 2 * x)     # the copy keeps the two apart


def test_inplace_writes_into_the_callers_arrays(add: rb.Kernel) -> None:
    x = np.zeros(6)
    assert add.inplace(x, np.ones(6)).x is x
    np.testing.assert_array_equal(x, 1.0)
    every_other = np.zeros(6)
    add.inplace(every_other[::2], np.ones(3))
    np.testing.assert_array_equal(every_other, [1, 0, 1, 0, 1, 0])


def test_inplace_refuses_shared_and_read_only_memory(add: rb.Kernel) -> None:
    a = np.arange(4.0)
    with pytest.raises(errors.AliasedMemory, match="`x` and `y` share memory"):
        add.inplace(a[1:], a[:-1])
    a.setflags(write=False)
    with pytest.raises(errors.ReadOnlyArray, match="`x` is read-only"):
        add.inplace(a, np.ones(4))


def test_inplace_says_that_a_broken_law_leaves_the_arrays_as_they_then_are(add: rb.Kernel) -> None:
    x = np.ones(4)
    with pytest.raises(rb.InvertibilityError, match="left as they were at that moment") as caught:
        add.inplace(x, np.ones(2))
    assert caught.value.law == "index"
    np.testing.assert_array_equal(x, [2, 2, 1, 1])
    with pytest.raises(rb.InvertibilityError):
        add(x, np.ones(2))
    np.testing.assert_array_equal(x, [2, 2, 1, 1])


@pytest.mark.parametrize(("value", "expected"), [
    ([3, 4], 5.0), (np.array([3.0, 4.0], ">f8"), 5.0), (np.arange(10.0)[::-3], float(np.sqrt(9**2 + 6**2 + 3**2))), ([], 0.0),
    ((3.0, 4.0), 5.0),
])
def test_unusual_but_good_arrays_are_taken(norm: rb.Kernel, value: object, expected: float) -> None:
    assert norm(0.0, value).out == pytest.approx(expected)


def test_a_read_only_array_is_fine_where_it_is_only_read(norm: rb.Kernel) -> None:
    x = np.array([3.0, 4.0])
    x.setflags(write=False)
    assert norm(0.0, x).out == 5.0


@pytest.mark.parametrize(("args", "mistake", "words"), [
    ((0.0, "abc"), errors.WrongType, "`x` is a str"),
    ((0.0, np.array([1j])), errors.WrongType, "complex number"),
    ((0.0, np.array([None])), errors.UnsupportedType, "object"),
    ((0.0, np.ones((2, 2))), errors.WrongType, "whole array"),
    ((0.0, 3.0), errors.WrongType, "has no elements"),
    ((0, [3.0]), errors.LossyUpdate, "puts a float64 into the int64 `out`"),
    ((0.0, [[1.0], [1.0, 2.0]]), errors.WrongType, "ragged"),
    ((0.0, np.ma.array([1.0], mask=[True])), errors.WrongType, "masked"),
    ((2**70, [1.0]), errors.UnsupportedType, "does not fit"),
    ((0.0,), errors.WrongArguments, "needs `x`"),
    ((0.0, [1.0], 3), errors.WrongArguments, "has 2 registers"),
])
def test_bad_arguments_get_a_sentence(norm: rb.Kernel, args: tuple[object, ...], mistake: type[Exception], words: str) -> None:
    with pytest.raises(mistake, match=words):
        norm(*args)
    with pytest.raises(mistake, match=words):
        rb.debug(norm, *args)


def test_nan_cannot_be_undone_and_says_so(norm: rb.Kernel) -> None:
    with pytest.raises(rb.InvertibilityError, match="NaN cannot be undone") as caught:
        norm(0.0, [np.nan, 1.0])
    assert caught.value.names[0] == "s"
    assert np.isnan(caught.value.values[0])
    assert np.isnan(norm.unchecked(0.0, [np.nan, 1.0]).out)


def test_keyword_arguments_and_float32(norm: rb.Kernel) -> None:
    assert norm(x=[3.0, 4.0], out=1.0).out == 6.0
    out = norm(np.float32(0), np.float32([3, 4]))
    assert type(out.out) is np.float32
    assert rb.grad(norm)(np.float32(0), np.float32([3, 4])).x.dtype == np.float32


def test_gradients_by_name_position_and_bare(norm: rb.Kernel) -> None:
    args = (0.0, [3.0, 4.0])
    np.testing.assert_allclose(rb.grad(norm, wrt="x")(*args), [0.6, 0.8])
    np.testing.assert_allclose(rb.grad(norm, of="out", wrt=(1,))(*args).x, [0.6, 0.8])
    value, gradient = rb.value_and_grad(norm)(*args)
    assert value == 5.0
    assert gradient._fields == ("x",)
    with pytest.raises(errors.WrongArguments, match="no register 'z'"):
        rb.grad(norm, wrt="z")
    with pytest.raises(errors.NotDifferentiable, match="int64"):
        rb.grad(norm, wrt="x")(0.0, [3, 4])
    with pytest.raises(errors.NotDifferentiable, match="nothing to differentiate by"):
        rb.grad(norm)(0.0, [3, 4])
    with pytest.raises(errors.WrongType, match="differentiates kernels"):
        rb.grad(max)      # type: ignore[arg-type]


FACTOR = 3.0
TABLE = np.arange(3.0)


def test_captured_host_values_recompile_when_they_change(monkeypatch: pytest.MonkeyPatch) -> None:
    @rb.reversible
    def weighted(y, x):   # type: ignore[no-untyped-def]
        for i in range(len(TABLE)):
            y += FACTOR * TABLE[i] * x

    assert weighted(0.0, 2.0).y == 18.0
    monkeypatch.setitem(globals(), "FACTOR", 4.0)
    assert weighted(0.0, 2.0).y == 24.0
    monkeypatch.setitem(globals(), "TABLE", np.ones(2))
    assert weighted(0.0, 2.0).y == 16.0
    assert rb.grad(weighted)(0.0, 2.0).x == 8.0
    assert (~weighted)(16.0, 2.0).y == 0.0


def test_kernels_call_kernels_of_other_texts() -> None:
    inner = rb.compile("def inner(y, x, *, scale=2.0):\n    y += scale * x * x\n")
    outer = rb.compile("def outer(z, x):\n    inner(z, x)\n    ~inner(z, x, scale=0.5)\n", inner=inner)
    assert outer(0.0, 3.0).z == 13.5
    assert rb.grad(outer)(0.0, 3.0).x == 9.0


# ---- a law that breaks
def test_checks_report_a_broken_law_and_do_not_raise() -> None:
    f = rb.compile("def f(out, x):\n    assert x < 2.0, 'small'\n    out += x * x\n")
    for report in (rb.check_inverse(f, 0.0, 3.0), rb.check_grad(f, 0.0, 3.0)):
        assert not report
        assert report.broken is not None
        assert report.broken.law == "assert"
        assert "small" in repr(report)


def test_a_gradient_knows_why_a_register_is_not_in_it() -> None:
    found = rb.grad(rb.compile("def f(out, x, scale):\n    out += scale * x * x\n"))(0.0, 3.0, 2)
    assert found._fields == ("x",)
    with pytest.raises(AttributeError, match=r"`2.0` instead of `2`"):
        print(found.scale)
    assert not hasattr(found, "nobody")


def test_a_gradient_flows_through_the_inverse_of_a_kernel_that_keeps() -> None:
    f = rb.compile("""
def highest(out, x):
    m = 0.0
    for v in x:
        m = keep(max(m, v * v))
        out += m

def undone(out, x):
    ~highest(out, x)
""").undone
    assert list(rb.grad(f)(0.0, [0.5, -1.0, 0.75]).x) == [-1.0, 4.0, 0.0]


NUMBER = "def number(out, x, *, by=2.0):\n    out += x * by\n"
KINDS = [1.5, 2, 2**62, True, np.float32(1.5), np.float64(1.5), np.int8(3), np.uint64(2**63), np.array(1.5), 1.5 + 1j, [1.5][0]]


@pytest.mark.parametrize("value", KINDS, ids=lambda v: f"{type(v).__name__} {v}")
def test_a_call_among_calls_with_other_types_is_what_it_would_be_alone(value: object) -> None:
    f = rb.compile(NUMBER)
    alone = f(0j if isinstance(value, complex) else 0.0, value)
    for other in (1.0, np.float32(2.0), 1j, 3):
        f(0j, other)
    for _ in range(2):
        again = f(0j if isinstance(value, complex) else 0.0, value)
        assert again == alone
        assert list(map(type, again)) == list(map(type, alone))


def test_every_call_prepares_its_own_arrays(add: rb.Kernel) -> None:
    base = np.arange(6.0)
    given = [base, base[::2], base.astype(">f8"), base[::-1], base.reshape(2, 3)[:, 1], base.tolist()]
    for x in (*given, *given):
        for y in (np.ones(len(x)), np.ones(2 * len(x))[::2], np.ones(len(x), int), np.ones(len(x), np.float32)):
            want, before = np.asarray(x) + 1, np.array(x)
            found = add(x, y).x
            np.testing.assert_array_equal(found, want)
            np.testing.assert_array_equal(x, before)
            assert not np.shares_memory(found, base)


def test_later_calls_are_as_careful_as_the_first(add: rb.Kernel) -> None:
    f, x, y = rb.compile(NUMBER), np.ones(3), np.ones(3)
    fixed = np.ones(3)
    fixed.flags.writeable = False
    for _ in range(2):
        assert f(0.0, 3.0).out == 6.0
        assert f(0.0, 3.0, by=4.0).out == 12.0
        assert rb.grad(f)(0.0, 3.0, by=4.0).x == 4.0
        for wrong in (lambda: f(0.0), lambda: f(0.0, 1.0, 2.0), lambda: f(0.0, 1.0, to=2.0), lambda: f(0.0, x=1.0, out=0.0, y=1.0), lambda: f(0.0, 1.0, x=1.0)):
            with pytest.raises(errors.WrongArguments):
                wrong()
        with pytest.raises(errors.WrongType):
            f(0.0, "1")
        with pytest.raises(errors.UnsupportedType):
            f(0.0, 2**70)
        assert add.inplace(x, y).x is x
        with pytest.raises(errors.AliasedMemory):
            add.inplace(x, x[::-1])
        with pytest.raises(errors.ReadOnlyArray):
            add.inplace(fixed, y)
        with pytest.raises(errors.InvertibilityError):
            add(np.ones(2), np.ones(3)[:1])
    np.testing.assert_array_equal(x, [3.0, 3.0, 3.0])


def test_what_is_captured_cannot_be_handed_in() -> None:
    f = rb.compile("def f(out, x):\n    out += x * scale\n", scale=3.0)
    for _ in range(2):
        assert f(0.0, 2.0).out == 6.0
        with pytest.raises(errors.WrongArguments, match="has no parameter `scale`"):
            f(0.0, 2.0, scale=1.0)
