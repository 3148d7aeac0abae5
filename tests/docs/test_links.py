"""Links lead somewhere, and every page can be found."""

from __future__ import annotations

from urllib.parse import unquote

import pytest

from tests.docs import pages
from tests.docs.pages import ROOT, Page

HOME = ROOT / "docs" / "README.md"


def broken_links(page: Page) -> list[str]:
    """Relative links of a page that lead to no file, or to no heading in it."""
    return [
        f"{page.name}:{line} {target}"
        for line, target in page.links()
        if "://" not in target and not target.startswith("mailto:") and not _leads_somewhere(page, target)
    ]


def _leads_somewhere(page: Page, target: str) -> bool:
    file, _, anchor = target.partition("#")
    path = page.path.parent / unquote(file) if file else page.path
    if not path.exists() or file.startswith("/"):
        return False
    return not anchor or (path.suffix == ".md" and anchor in pages.read(path).anchors())


def test_there_are_pages():
    assert {"README.md", "CONTRIBUTING.md", "docs/README.md"} <= {page.name for page in pages.pages()}


@pytest.mark.parametrize("page", pages.pages(), ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    broken = broken_links(page)
    assert not broken, "\n".join(broken)


def test_every_page_of_the_docs_can_be_reached_from_their_index():
    waiting, seen = [HOME], {HOME}
    while waiting:
        page = pages.read(waiting.pop())
        targets = (page.path.parent / unquote(target.partition("#")[0]) for _, target in page.links())
        found = {path.resolve() for path in targets if path.suffix == ".md" and path.is_file()} - seen
        seen |= found
        waiting += found
    unreached = set((ROOT / "docs").rglob("*.md")) - seen
    assert not unreached, (
        f"no way from docs/README.md to: {sorted(str(p.relative_to(ROOT)) for p in unreached)}"
    )


def test_a_broken_link_is_found(tmp_path):
    (tmp_path / "other.md").write_text("# A heading, with `code`\n\n# Twice\n\n# Twice\n", encoding="utf8")
    text = (
        "[a](other.md) [b](other.md#a-heading-with-code) [c](other.md#twice-1) [d](https://example.org/x) "
        "[e](missing.md) [f](other.md#nowhere) ![g](missing.png) <img src='gone.svg'> [h](/absolute.md)\n\n"
        "<img src='gone-too.svg'>\n"
    )
    page = Page(tmp_path / "page.md", text)
    targets = [found.split()[-1] for found in broken_links(page)]
    assert sorted(targets) == [
        "/absolute.md",
        "gone-too.svg",
        "gone.svg",
        "missing.md",
        "missing.png",
        "other.md#nowhere",
    ]
