"""The pages in `docs`: made pages are up to date, examples run, links lead somewhere."""

import doctest
import re
from pathlib import Path

import pytest

import revbench as rb
from docs import generate
from revbench import RevbenchError

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]
NOT_MADE_YET = [DOCS / "images" / "stepper.png"]       # a picture of the real widget
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def python_blocks(text: str) -> str:
    """The text with everything blanked but its ```python blocks, so that line numbers stay."""
    out, inside = [], False
    for line in text.splitlines():
        fence = line.startswith("```")
        inside = line.rstrip() == "```python" if fence else inside
        out.append(line if inside and not fence else "")
    return "\n".join(out) + "\n"


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", generate.PAGES)
def test_made_pages_are_what_the_code_says(page: str) -> None:
    assert (DOCS / page).read_text(encoding="utf-8") == generate.PAGES[page](), "run `python docs/generate.py`"


def test_every_mistake_has_a_heading() -> None:
    kinds = [kind for _, kinds in generate.sections() for kind in kinds]
    assert len(kinds) == len(set(kinds)) >= 60
    text = (DOCS / "mistakes.md").read_text(encoding="utf-8")
    assert [kind for kind in kinds if f"\n### {generate.slug_of(kind)}\n" not in text] == []


@pytest.mark.timeout(300)       # the first `debug` of an installation compiles the machine
@pytest.mark.parametrize("page", [p for p in PAGES if ">>>" in p.read_text(encoding="utf-8") and p.parent == DOCS], ids=name)
def test_examples_run(page: Path) -> None:
    test = doctest.DocTestParser().get_doctest(python_blocks(page.read_text(encoding="utf-8")), {"__name__": "docs"}, name(page), str(page), 0)
    said: list[str] = []
    result = doctest.DocTestRunner(optionflags=OPTIONS).run(test, out=said.append)
    assert result.attempted > 0
    assert result.failed == 0, "".join(said)


def blocks_with_what_follows(text: str) -> list[tuple[str, str]]:
    """Each ```python block without a prompt, and the text up to the next block."""
    parts = re.split(r"^```(?:python)?\n", text, flags=re.M)
    return [(parts[k], parts[k + 1]) for k in range(1, len(parts) - 1, 2) if ">>>" not in parts[k]]


def test_the_loops_before_are_refused_by_the_mistakes_that_are_named() -> None:
    found = blocks_with_what_follows((DOCS / "translating-loops.md").read_text(encoding="utf-8"))
    assert len(found) == 10
    for program, text in found:
        with pytest.raises(RevbenchError) as caught:
            rb.compile(program)
        mistakes = caught.value.mistakes if isinstance(caught.value, rb.Mistakes) else (caught.value,)
        assert [m.slug for m in mistakes if f"mistakes.md#{m.slug}" not in text] == []


def links(page: Path) -> list[str]:
    """Targets of links and pictures outside code."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    return re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`\n]*`", "", text))


def anchors(page: Path) -> set[str]:
    """What `#...` can name on a page, as GitHub makes it from headings."""
    heads = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S), flags=re.M)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for link in links(page):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists():
            if target not in NOT_MADE_YET:
                broken.append(link)
        elif anchor and target.suffix == ".md" and anchor not in anchors(target):
            broken.append(link)
    assert broken == []
