"""The docs are true: what they and the code's citations name is there, and what is made from code is current."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest
from flask import Flask

from app.actions.imports.columns import TABLES
from app.cli import kaoji
from app.config import SETTINGS
from app.rules.plans.marks import WRITINGS
from app.rules.plans.workbook import COLUMNS, REMARK
from app.rules.review.lifecycle import WORDS, State
from app.wizard.service import services
from app.wizard.step import Step
from tests import drawings

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
READ = (".py", ".html", ".js", ".css", ".typ", ".toml", ".md", ".txt", ".mako")
WHOLE = {"README.md", "CONTRIBUTING.md", "pyproject.toml", "wsgi.py"}  # beside the folders
FOLDERS = ("app", "tests", "templates", "static", "docs")
HISTORY = {"CHANGELOG.md"}
MARKS = {each.words[0] for each in WRITINGS}
LABEL = r"(?:SR|AC|RC)-\d{1,2}|[PU]\d{1,2}"
PLACE = rf'§\d+(?:\.\d+)*|"[^"]+"|goal \d+|{LABEL}'
CITED = re.compile(rf"([\w/-]+)\.md((?:,? (?:and |to )?(?:{PLACE}))+)")
BARE = re.compile(r"\b(?:SR|AC|RC)-\d{1,2}\b|(?<=\()[PU]\d{1,2}(?=[:)])")
MANUAL = re.compile(r"\b[Mm]anual,? \(?(?:chapter |ch\. )?(\d+(?:\.\d+)*)")
PATHS = re.compile(r"`((?:app|tests|templates|static|docs|\.ci)(?:/[\w.*-]+)*)(?::(\w+))?`")
FILES = re.compile(r"(?<![\w/.-])((?:app|tests|templates|static|docs|\.ci)/[\w./*-]+\.\w+)")  # also within a command
MODULES = re.compile(r"-m (tests(?:\.\w+)+)")
LINKS = re.compile(r"\]\(([^)\s]+)\)")


@cache
def texts() -> dict[Path, str]:
    """Every text of ours that may cite: file -> content."""
    found = [ROOT / name for name in WHOLE]
    found += [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*")) if path.suffix in READ]
    skipped = ("vendor", "data", "__pycache__", "_site")
    return {
        path: path.read_text(encoding="utf-8")
        for path in found
        if path.is_file() and not set(skipped) & set(path.relative_to(ROOT).parts[:-1]) and path != Path(__file__)
    }


def pages() -> dict[Path, str]:
    """The pages of the docs themselves."""
    return {path: text for path, text in texts().items() if path.suffix == ".md"}


def lines() -> Iterator[tuple[str, str]]:
    """Place and text of every line that may cite."""
    for path, text in texts().items():
        for number, line in enumerate(text.splitlines(), start=1):
            yield f"{path.relative_to(ROOT)}:{number}", line


def page_of(name: str) -> Path | None:
    """The page that a citation means: of docs/, or a path from the project's folder."""
    return next((path for path in (DOCS / f"{name}.md", ROOT / f"{name}.md") if path.is_file()), None)


@cache
def headings(page: Path) -> tuple[str, ...]:
    return tuple(re.findall(r"^#+ +(.+)$", page.read_text(encoding="utf-8"), re.M))


@cache
def labels(page: Path) -> frozenset[str]:
    """The labels that a page explains: bold ones, and those that begin a row of a table."""
    text = page.read_text(encoding="utf-8")
    return frozenset(re.findall(rf"\*\*({LABEL})\*\*", text) + re.findall(rf"^\| ({LABEL}) \|", text, re.M))


def stands(place: str, page: Path) -> bool:
    """Is there such a section, heading, goal or label?"""
    if place.startswith("§"):
        return any(heading.split(" ")[0] == place[1:] for heading in headings(page))
    if place.startswith('"'):
        return place[1:-1] in headings(page)
    if place.startswith("goal"):
        return f"\n| {place[5:]} |" in page.read_text(encoding="utf-8")
    return place in labels(page)


def anchors(page: Path) -> set[str]:
    """What a link to a heading is called."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings(page)}


def test_every_citation_leads_to_a_section_or_label_of_a_page() -> None:
    lost = []
    for where, line in lines():
        for name, places in CITED.findall(line):
            page = page_of(name)
            lost += [
                (where, name, place) for place in re.findall(PLACE, places) if page is None or not stands(place, page)
            ]
        lost += [(where, label) for label in BARE.findall(line) if label not in labels(DOCS / "security.md")]
        lost += [
            (where, f"manual {number}")
            for number in MANUAL.findall(line)
            if not stands(f"§{number}", DOCS / "manual.md")
        ]
    assert lost == []


def test_every_page_that_is_named_exists() -> None:
    lost = []
    for path, text in texts().items():
        for name in re.findall(r"(?<![\w/.<*-])([A-Za-z_./-]+\.md)\b", text):
            beside = [folder / name for folder in (path.parent, ROOT, DOCS, ROOT / "static")]
            if not any(each.is_file() for each in beside):
                lost.append(f"{path.relative_to(ROOT)}: {name}")
    assert lost == []


def test_every_path_and_name_in_the_docs_exists() -> None:
    lost = []
    for page, text in pages().items():
        named = PATHS.findall(text) + [(path, "") for path in FILES.findall(text)]
        named += [(f"{module.replace('.', '/')}.py", "") for module in MODULES.findall(text)]
        for path, name in named:
            found = list(ROOT.glob(path))
            if not found or (name and not defines(found[0], name)):
                lost.append(f"{page.relative_to(ROOT)}: {path}{':' * bool(name)}{name}")
    assert lost == []


def defines(path: Path, name: str) -> bool:
    """Does a module define that name: function, class, method, constant or field?"""
    text = path.read_text(encoding="utf-8")
    return bool(re.search(rf"^\s*(?:(?:async )?def|class) {name}\b|^\s*{name}\b\s*[:=]", text, re.M))


def test_every_link_in_the_docs_leads_somewhere() -> None:
    lost = []
    for page, text in pages().items():
        for link in LINKS.findall(text):
            if link.startswith(("http://", "https://")):
                continue
            target, _, anchor = link.partition("#")
            found = (page.parent / target).resolve() if target else page
            if not found.exists() or (anchor and anchor not in anchors(found)):
                lost.append(f"{page.relative_to(ROOT)}: {link}")
    assert lost == []


def test_every_page_is_reached_from_the_readme() -> None:
    reached, waiting = set(), [ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    while waiting:
        page = waiting.pop()
        if page in reached:
            continue
        reached.add(page)
        for link in LINKS.findall(page.read_text(encoding="utf-8")):
            found = (page.parent / link.partition("#")[0]).resolve()
            if found.suffix == ".md" and found.is_file():
                waiting.append(found)
    assert {page.name for page in DOCS.rglob("*.md") if page not in reached} == set()


# --- made from code --------------------------------------------------------------------------------------------------


def test_the_drawings_of_the_architecture_are_current() -> None:
    page = drawings.PAGE.read_text(encoding="utf-8")
    assert drawings.current(page) == page, "python -m tests.drawings"


def test_every_floor_and_room_has_its_line() -> None:
    rows = re.findall(r"^\| ((?:`app\.[\w.]+`(?:, )?)+) \|", drawings.PAGE.read_text(encoding="utf-8"), re.M)
    named = [re.findall(r"`([\w.]+)`", row) for row in rows]
    told = drawings.floors()
    assert named[: len(told)] == told
    assert sorted(name for row in named[len(told) :] for name in row) == drawings.every_room()


def test_the_readme_names_every_room() -> None:
    part = (ROOT / "README.md").read_text(encoding="utf-8").partition("## 房子的样子")[2].partition("\n## ")[0]
    rows = {name: row for row in part.splitlines() for name in re.findall(r"`app/(\w+)/`", row)}
    for floor in (name for line in drawings.floors() for name in line):
        words = re.findall(r"[a-z_]+", rows.get(floor.removeprefix("app."), ""))
        missing = [name for room in drawings.rooms(floor) if (name := room.rpartition(".")[2]) not in words]
        assert missing == [], floor


def test_every_method_told_of_a_step_is_one() -> None:
    part = drawings.PAGE.read_text(encoding="utf-8").partition("## What a step is")[2].partition("\n## ")[0]
    told = [name for row in re.findall(r"^\| (`[^|]+) \|", part, re.M) for name in re.findall(r"\w+", row)]
    assert told
    assert [name for name in told if not callable(getattr(Step, name, None))] == []


def test_a_request_meets_the_checks_in_the_order_that_is_told(site: Flask) -> None:
    hooks = [hook.__name__ for hook in site.before_request_funcs[None] if hook.__module__.startswith("app.")]
    told = ", ".join(f"`{name}`" for name in hooks)
    assert told in drawings.PAGE.read_text(encoding="utf-8"), told


def test_every_reason_that_is_offered_at_first_has_its_source(site: Flask) -> None:
    part = (DOCS / "domain.md").read_text(encoding="utf-8").partition("### 7.2")[2].partition("\n## ")[0]
    told = [code for row in re.findall(r"^\| (R\d\d[^|]*) \|", part, re.M) for code in row.split(", ")]
    assert sorted(told) == sorted(seed.code for service in services() for seed in service.reasons.seeds)


def test_a_decision_is_one_screen_with_the_same_four_parts() -> None:
    index = (DOCS / "decisions" / "README.md").read_text(encoding="utf-8")
    for page in sorted((DOCS / "decisions").glob("*.md")):
        if page.name != "README.md":
            parts = ("Context", "Decision", "Consequences", "What would change our mind")
            assert headings(page)[1:] == parts, page.name
            assert len(page.read_text(encoding="utf-8").splitlines()) <= 60, page.name
            assert f"({page.name})" in index, page.name


def test_a_chinese_term_has_one_english_name() -> None:
    rows = re.findall(r"^\| ([^|]+) \| [^|]+ \| [^|]* \|$", (DOCS / "glossary.md").read_text(encoding="utf-8"), re.M)
    terms = [term for row in rows for term in row.split(" / ") if re.search(r"[\u4e00-\u9fff]", term)]
    assert sorted(term for term in set(terms) if terms.count(term) > 1) == []


# --- the contract ----------------------------------------------------------------------------------------------------


def contract(heading: str) -> str:
    """One part of the contract, its smaller headings included."""
    text = (DOCS / "contract.md").read_text(encoding="utf-8")
    return text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def cells(part: str) -> list[list[str]]:
    """The rows of its tables."""
    return [line.strip("|").split("|") for line in part.splitlines() if line.startswith("| ")]


def commands(command: click.Command, name: str) -> Iterator[tuple[str, set[str]]]:
    """Every command with its own options."""
    if isinstance(command, click.Group):
        for word, inner in command.commands.items():
            yield from commands(inner, f"{name} {word}")
    else:
        options = [each for each in command.params if isinstance(each, click.Option)]
        yield (
            name,
            {word for each in options for word in (*each.opts, *each.secondary_opts)} - {"--help", "-h", "--version"},
        )


def test_the_contract_has_every_command_and_option() -> None:
    told: dict[str, set[str]] = {}
    for row in cells(contract("Commands")):
        same = next(reversed(told.values()), set()) if "the same options" in row[0] else set()
        own = set(re.findall(r"`(--[a-z-]+)`", row[0])) | same
        told |= dict.fromkeys(re.findall(r"`(kaoji [a-z ]+)`", row[0]), own)
    known = dict(commands(kaoji, "kaoji"))
    assert told.keys() == known.keys()
    assert {name: missing for name, options in known.items() if (missing := options - told[name])} == {}
    assert {word for options in known.values() for word in options} == set(
        re.findall(r"`(--[a-z-]+)`", contract("Commands"))
    )


@pytest.mark.parametrize("page", ["contract.md", "admin.md"])
def test_every_setting_is_told(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`KAOJI_\w+`(?:、`KAOJI_\w+`)*) \|", text, re.M)
    assert sorted(name for row in rows for name in re.findall(r"\w+", row)) == sorted(
        [*SETTINGS.values(), "KAOJI_INSTANCE"]
    )


def test_the_contract_has_every_address() -> None:
    listed = (ROOT / "tests" / "web" / "routes.txt").read_text(encoding="utf-8")
    told = [name for row in cells(contract("Addresses")) for name in re.findall(r"`(/[^`]*)`", row[0])]
    assert sorted(told) == sorted({line.split()[0] for line in listed.splitlines()})


def test_the_contract_has_every_state_and_its_word() -> None:
    rows = {
        row[0].strip(" `"): row[1].strip()
        for row in cells(contract("States of an application"))[1:]
        if row[0].strip(" -")
    }
    assert set(rows) == {state.value for state in State}
    assert all(rows[state].startswith(word) for state, word in WORDS.items())


def test_the_contract_has_every_step(site: Flask) -> None:
    steps = {step.slug for service in services() for step in service.steps}
    told = {row[0].strip(" `") for row in cells(contract("Addresses").partition("### Fields of the steps")[2])[1:]}
    assert told - {"---"} == steps


@pytest.mark.parametrize("kind", TABLES)
def test_the_contract_has_every_column_of_an_import(kind: str) -> None:
    row = next(row for row in cells(contract("Import files")) if row[0].strip() == kind)
    assert row[2].split() == [column.title + "●" * column.required for column in TABLES[kind]]


def test_the_manual_has_the_table_of_marks() -> None:
    manual = (DOCS / "admin.md").read_text(encoding="utf-8")
    told = [tuple(cell.strip() for cell in row) for row in cells(manual) if row[0].strip().partition(" ")[0] in MARKS]
    assert told == [(" ".join(each.words), each.shown, each.meaning) for each in WRITINGS]


def test_the_contract_has_every_column_of_a_plan() -> None:
    rows = {row[0].strip(): row[1].split() for row in cells(contract("Import files")) if row[0].strip() in COLUMNS}
    known = {
        sheet: {*(f"{name}●" for name in needed), *others} - {REMARK} for sheet, (needed, others) in COLUMNS.items()
    }
    assert {sheet: set(told) for sheet, told in rows.items()} == known


def test_the_trial_has_all_rows_in_order_whose_tests_and_pictures_exist() -> None:
    text = (DOCS / "trial.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if re.match(r"\| \d+ \|", line)]
    assert [int(row.split("|")[1]) for row in rows] == list(range(1, 69))
    lost = []
    for number, row in enumerate(rows, start=1):
        tests = re.findall(r"`(tests/[\w/]+\.py)::(\w+)", row)
        lost += [] if tests else [(number, "names no test")]
        for module, function in tests:
            path = ROOT / module
            found = path.is_file() and re.search(
                rf"^(?:async )?def {function}\(", path.read_text(encoding="utf-8"), re.M
            )
            lost += [] if found else [(number, f"{module}::{function}")]
        lost += [(number, picture) for picture in LINKS.findall(row) if not (DOCS / picture).is_file()]
    assert lost == []
