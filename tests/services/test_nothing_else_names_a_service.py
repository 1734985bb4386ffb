"""Only app/services says what differs between businesses: no common code or page names graduation, its words or its items."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import app

ROOT = Path(app.__file__).parent
TEMPLATES, STATIC = ROOT.parent / "templates", ROOT.parent / "static"
COMMENTS = {
    ".html": r"\{#.*?#\}",
    ".css": r"/\*.*?\*/",
    ".js": r"/\*.*?\*/|(?<![:\"'])//[^\n]*",
    ".typ": r"/\*.*?\*/|(?<![:\"'])//[^\n]*",
}
OWN = ("app/services/", "app/demo/", "app/migrations/", "templates/graduation/")
WORDS = re.compile("graduation|毕业审定费|毕业证书编号|毕业生登记表|登记表|毕业生名单|仅供毕业审核")
ITEMS = re.compile(r"\b(?:prior_degree|scores|statement|profile|notice)\.(?!js\b|html\b)[a-z_0-9]+")
WORDS_MAY_STAND = {
    # how certificates are numbered is a room of its own, for a service that completes a major
    "templates/admin/certificates.html": "the page of numbers",
    "templates/admin/home.html": "its entry in the list of pages",
    "app/rules/evidence/kinds.py": "what is wrong with the number of somebody's earlier diploma",
    # what was written down keeps its word, whoever wrote it
    "app/rules/audit_words.py": "names of acts",
    "templates/account/privacy.html": "what is kept of a person, business by business",
}
ITEMS_MAY_STAND = ("app/wizard/steps/", "templates/wizard/steps/")  # a step that services share owns its items


def texts(path: Path) -> Iterator[str]:
    """What a file says apart from comments and docstrings: its strings and its names; of what is not Python everything."""
    source = path.read_text(encoding="utf-8")
    if path.suffix in COMMENTS:
        yield re.sub(COMMENTS[path.suffix], "", source, flags=re.S)
        return
    tree = ast.parse(source)
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.value
        for name in ("id", "attr", "name", "arg", "module"):
            if isinstance(text := getattr(node, name, None), str):
                yield text


def files() -> Iterator[tuple[str, Path]]:
    folders = {ROOT: ("py", "typ"), TEMPLATES: ("html",), STATIC: ("js", "css")}
    for path in (path for folder, ends in folders.items() for end in ends for path in folder.rglob(f"*.{end}")):
        here = path.relative_to(ROOT.parent).as_posix()
        if not here.startswith(OWN):
            yield here, path


def test_no_common_code_or_page_names_graduation_or_its_words() -> None:
    found = {here: sorted({word for text in texts(path) for word in WORDS.findall(text)}) for here, path in files()}
    assert {here: words for here, words in found.items() if words and here not in WORDS_MAY_STAND} == {}
    assert [here for here in WORDS_MAY_STAND if not found.get(here)] == [], "these need no exception any more"


def test_no_common_code_or_page_knows_the_items_of_a_step() -> None:
    found = {
        here: sorted({key for text in texts(path) for key in ITEMS.findall(text)})
        for here, path in files()
        if not here.startswith(ITEMS_MAY_STAND)
    }
    assert {here: keys for here, keys in found.items() if keys} == {}
