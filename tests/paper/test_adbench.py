"""Mixture files: what is written comes back, and what is malformed is named by file and line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from revbench.errors import RevbenchError
from revbench.paper.adbench import GMM, DataFileError, make_gmm, read_gmm, write_gmm

# d K n = 2 3 4: header 1, alphas 2-4, means 5-7, factors 8-10, points 11-14, prior 15
TEXT = """2 3 4
-0.649014
1.181166
-0.758453
0.092339 0.186260
0.345561 0.396767
0.538817 0.419195
0.586443 -0.851887 0.800321
-1.509405 0.875874 -0.242790
0.166813 -1.965419 -1.270071
1.175171 2.029160
0.5 0.25
-1 2e0
+.5 -7.
1.000000 0
"""


def same(a: GMM, b: GMM) -> bool:
    arrays = all(np.array_equal(getattr(a, f), getattr(b, f)) for f in ("alphas", "means", "icf", "x"))
    return arrays and (a.gamma, a.m) == (b.gamma, b.m)


def edited(tmp_path: Path, edit: Callable[[list[str]], object]) -> Path:
    """TEXT with its lines (from index 1, as they are numbered) edited in place."""
    lines = ["", *TEXT.splitlines()]
    edit(lines)
    path = tmp_path / "mixture.txt"
    path.write_text("\n".join(lines[1:]) + "\n")
    return path


def put(number: int, line: str) -> Callable[[list[str]], None]:
    def edit(lines: list[str]) -> None:
        lines[number] = line
    return edit


def cut(number: int) -> Callable[[list[str]], None]:
    def edit(lines: list[str]) -> None:
        del lines[number:]
    return edit


@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 5, 100), (7, 3, 20), (2, 1, 0)])
def test_a_written_mixture_comes_back_bit_for_bit(tmp_path: Path, shape: tuple[int, int, int]) -> None:
    gmm = replace(make_gmm(*shape, seed=3), gamma=0.1 + 0.2, m=4)
    write_gmm(tmp_path / "g.txt", gmm)
    back = read_gmm(tmp_path / "g.txt")
    assert same(gmm, back)
    assert (back.d, back.K, back.n) == shape
    assert back.x.shape == gmm.x.shape
    assert back.x.flags.c_contiguous
    assert back.x.dtype == np.float64


def test_every_table_is_read_from_its_lines(tmp_path: Path) -> None:
    gmm = read_gmm(edited(tmp_path, lambda lines: None))
    assert gmm.alphas.tolist() == [-0.649014, 1.181166, -0.758453]
    assert gmm.means.tolist() == [[0.092339, 0.186260], [0.345561, 0.396767], [0.538817, 0.419195]]
    assert gmm.icf[1].tolist() == [-1.509405, 0.875874, -0.242790]
    assert gmm.x.tolist() == [[1.175171, 2.029160], [0.5, 0.25], [-1, 2], [0.5, -7]]
    assert (gmm.gamma, gmm.m, type(gmm.m)) == (1.0, 0, int)
    assert gmm.parameters == 18


def test_blanks_and_line_ends_of_other_systems_do_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "g.txt"
    path.write_bytes(TEXT.replace(" ", "\t ").replace("\n", " \r\n").encode() + b"\r\n\n")
    assert same(read_gmm(path), read_gmm(edited(tmp_path, lambda lines: None)))
    path.write_text(TEXT.rstrip())
    assert read_gmm(path).m == 0


def test_the_first_points_only(tmp_path: Path) -> None:
    path = edited(tmp_path, lambda lines: None)
    whole = read_gmm(path)
    for points in range(5):
        assert same(read_gmm(path, points), replace(whole, x=whole.x[:points]))
    for points in (-1, 5):
        with pytest.raises(DataFileError, match=f"{points} points were asked for and the file holds 4"):
            read_gmm(path, points)


def test_zero_points_in_the_file(tmp_path: Path) -> None:
    def edit(lines: list[str]) -> None:
        lines[1] = "2 3 0"
        del lines[11:15]
    assert read_gmm(edited(tmp_path, edit)).x.shape == (0, 2)


MALFORMED = [
    pytest.param(put(1, "2 3"), 1, "three counts, `d K n`", id="header-too-short"),
    pytest.param(put(1, "2 3 4 5"), 1, "three counts", id="header-too-long"),
    pytest.param(put(1, "2 3 x"), 1, "three counts", id="header-word"),
    pytest.param(put(1, "2 3 4.0"), 1, "three counts", id="header-fraction"),
    pytest.param(put(1, "2 3 -4"), 1, "three counts", id="header-negative"),
    pytest.param(put(1, "2 3 1_0"), 1, "three counts", id="header-underscore"),
    pytest.param(put(1, "0 3 4"), 1, "needs one dimension", id="no-dimension"),
    pytest.param(put(1, "2 0 4"), 1, "one dimension and one component or more", id="no-component"),
    pytest.param(put(1, ""), 1, "three counts", id="blank-header"),
    pytest.param(put(3, "one"), 3, "'one' is not a number", id="alpha-word"),
    pytest.param(put(3, "1 2"), 3, "alpha 2 of 3 has too many values: 2 where 1 belong", id="two-alphas"),
    pytest.param(put(3, ""), 3, "alpha 2 of 3 has too few values: 0 where 1 belong", id="blank-alpha"),
    pytest.param(put(4, "1_000"), 4, "'1_000' is not a number", id="underscore"),
    pytest.param(put(6, "0.3"), 6, "mean 2 of 3 has too few values: 1 where 2 belong", id="mean-too-short"),
    pytest.param(put(7, "0.3 nan"), 7, "'nan' is not a finite number", id="mean-nan"),
    pytest.param(put(8, "1 2"), 8, "factor 1 of 3 has too few values: 2 where 3", id="factor-too-short"),
    pytest.param(put(10, "1 2 3 4"), 10, "factor 3 of 3 has too many values", id="factor-too-long"),
    pytest.param(put(9, "1 -inf 3"), 9, "'-inf' is not a finite number", id="factor-infinite"),
    pytest.param(put(9, "1 1e999 3"), 9, "'1e999' is not a finite number", id="factor-overflow"),
    pytest.param(put(11, "1.0 2,5"), 11, "'2,5' is not a number", id="point-comma"),
    pytest.param(put(13, "1.0 " + "9x" * 50), 13, r"'9x9x.*\.\.\.' is not a number", id="long-word"),
    pytest.param(put(14, "1 2 3"), 14, "point 4 of 4 has too many values: 3 where 2", id="point-too-long"),
    pytest.param(put(15, "1"), 15, "the line `gamma m` has too few values: 1", id="prior-too-short"),
    pytest.param(put(15, "1 0 0"), 15, "the line `gamma m` has too many values", id="prior-too-long"),
    pytest.param(put(15, "1 m"), 15, "'m' is not a number", id="prior-word"),
    pytest.param(put(15, "1 0.5"), 15, "gamma > 0 and a whole m >= 0, not '1 0.5'", id="prior-fraction"),
    pytest.param(put(15, "1 -1"), 15, "gamma > 0 and a whole m >= 0", id="prior-negative-m"),
    pytest.param(put(15, "0 1"), 15, "gamma > 0 and a whole m >= 0", id="prior-zero-gamma"),
    pytest.param(put(15, "inf 1"), 15, "'inf' is not a finite number", id="prior-infinite"),
    pytest.param(lambda lines: lines.pop(12), 14, "ends before the last line, `gamma m`", id="point-missing"),
    pytest.param(lambda lines: lines.insert(12, "0 .5"), 16, "promises 15, and there", id="point-added"),
    pytest.param(lambda lines: lines.append("7"), 16, "too many lines", id="line-behind"),
    pytest.param(cut(2), 1, "ends after alpha 0 of 3", id="header-only"),
    pytest.param(cut(4), 3, "ends after alpha 2 of 3", id="ends-in-alphas"),
    pytest.param(cut(13), 12, "ends after point 2 of 4", id="ends-in-points"),
    pytest.param(cut(15), 14, "ends before the last line, `gamma m`", id="no-prior"),
]


@pytest.mark.parametrize(("edit", "line", "words"), MALFORMED)
def test_a_malformed_file_is_named_with_its_line(
        tmp_path: Path, edit: Callable[[list[str]], object], line: int, words: str) -> None:
    path = edited(tmp_path, edit)
    with pytest.raises(DataFileError, match=words) as caught:
        read_gmm(path)
    assert caught.value.message.startswith(f"{path}:{line}: ")
    assert isinstance(caught.value, RevbenchError)


@pytest.mark.parametrize("text", ["", " \n\n\t\n"])
def test_an_empty_file_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "empty.txt"
    path.write_text(text)
    with pytest.raises(DataFileError, match=r"empty\.txt:1: the file is empty"):
        read_gmm(path)


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match=r"nowhere\.txt: cannot be read: no such file") as caught:
        read_gmm(tmp_path / "nowhere.txt")
    assert "make_gmm" in caught.value.hint
    with pytest.raises(DataFileError, match="cannot be read"):
        read_gmm(tmp_path)
    with pytest.raises(DataFileError, match="cannot be written"):
        write_gmm(tmp_path / "no" / "folder.txt", make_gmm(1, 1, 1))


def test_bytes_that_are_no_text_are_named_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "bytes.txt"
    path.write_bytes(b"2 3 4\n0.5\n\xff\xfe\n")
    with pytest.raises(DataFileError, match=r"bytes\.txt:3: this is not a text file of numbers"):
        read_gmm(path)


def test_a_header_that_promises_a_trillion_points_costs_nothing(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match=r":15: the file ends after point 5 of 1000000000000"):
        read_gmm(edited(tmp_path, put(1, "2 3 1000000000000")))


def test_an_instance_is_made_of_the_asked_shape_and_depends_on_its_seed() -> None:
    gmm = make_gmm(4, 3, 50, seed=1)
    assert (gmm.alphas.shape, gmm.means.shape, gmm.icf.shape, gmm.x.shape) == ((3,), (3, 4), (3, 10), (50, 4))
    assert (gmm.gamma, gmm.m) == (1.0, 0)
    assert (gmm.means >= 0).all()
    assert (gmm.means < 1).all()
    assert (gmm.x < 0).any()
    assert same(gmm, make_gmm(4, 3, 50, seed=1))
    assert not same(gmm, make_gmm(4, 3, 50, seed=2))
