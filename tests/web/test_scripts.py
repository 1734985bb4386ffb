"""The scripts of static/ as modules: in the forms that app.web.scripts puts together, and in the language of old browsers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.web.scripts import COMMENT, Scripts
from app.web.static_files import BUNDLES

STATIC = Path(__file__).parents[2] / "static"
OURS = sorted(path.relative_to(STATIC).as_posix() for path in (STATIC / "js").rglob("*.js"))
YOUNGER = re.compile(  # than Chromium 86 or Safari 14
    r"\.at\(|\.findLast|\.hasOwn\(|structuredClone|\.toSorted|\.toReversed|\(\?<[=!]|\bstatic \{|\bthis\.#|^await |\.any\(|WeakRef|\.replaceAll\(",
    re.M,
)


def write(folder: Path, **modules: str) -> Scripts:
    for name, text in modules.items():
        (folder / f"{name}.js").write_text(text, encoding="utf-8")
    return Scripts(folder)


def test_modules_come_once_and_after_what_they_need(tmp_path: Path) -> None:
    scripts = write(
        tmp_path,
        main="import './b.js';\nimport './a.js';\n",
        a="export function one() { return 1; }\n",
        b="import { one } from './a.js';\n\n/* words */\nexport const two = one() + 1;\n",
    )
    assert scripts.modules("main.js") == ["a.js", "b.js", "main.js"]
    text = scripts.together("main.js", {})
    assert text == (
        "const a = (function () {\nfunction one() { return 1; }\nreturn { one };\n})();\n"
        "const b = (function () {\nconst { one } = a;\nconst two = one() + 1;\nreturn { two };\n})();\n"
        "const main = (function () {\nreturn {  };\n})();\nexport { a, b, main };\n"
    )


def test_what_another_file_holds_is_imported_from_there(tmp_path: Path) -> None:
    scripts = write(
        tmp_path,
        a="export async function one() {}\n",
        b="import { one } from './a.js';\none();\n",
    )
    text = scripts.together("b.js", {"a.js": "./all.js?v=1"})
    assert text.startswith("import { a } from './all.js?v=1';\nconst b = (function () {\nconst { one } = a;\n")
    assert text.endswith("export { b };\n")


def test_a_circle_is_refused(tmp_path: Path) -> None:
    scripts = write(tmp_path, a="import './b.js';\n", b="import './a.js';\n")
    with pytest.raises(ValueError, match=r"a.js -> b.js -> a.js"):
        scripts.modules("a.js")


@pytest.mark.parametrize("name", OURS)
def test_a_script_is_in_a_form_that_can_be_put_together(name: str) -> None:
    text = (STATIC / name).read_text(encoding="utf-8")
    loose = re.sub(r"^import (?:\{[^}]*\} from )?'[^']+';$", "", text, flags=re.M)
    assert not re.search(r"^\s*import\b|\bimport\(", loose, re.M)
    assert not re.search(r"^\s*import \{[^}]*\bas\b", text, re.M)
    assert not re.search(r"^export (?!(async )?function \w|const \w+ =)", text, re.M)
    assert "`" not in COMMENT.sub("", text), "a text over several lines could look like a comment"
    assert not re.search(r"\bwindow\.\w+ = ", text), "a name in window is seen by every other script"
    assert not YOUNGER.search(text)


def test_every_script_is_in_a_bundle_and_no_bundle_reaches_up() -> None:
    scripts = Scripts(STATIC)
    held = {name: scripts.modules(f"js/{name}.js") for name in BUNDLES}
    assert {each for names in held.values() for each in names if each.startswith("js/")} == set(OURS)
    assert "vendor/hotkey.js" in held["staff"]
    assert not set(held["everyone"]) & {each for each in OURS if each.startswith(("js/form/", "js/staff/"))}
    assert not {"js/form/upload.js", "js/form/picture.js"} & set(held["staff"]) | set(held["signed-in"]) & {
        "js/form/upload.js"
    }


def test_the_files_of_others_are_unchanged() -> None:
    import hashlib

    listed = dict(
        re.findall(r"^\| `([^`]+)` .*`([0-9a-f]{64})` \|$", (STATIC / "vendor/README.md").read_text("utf-8"), re.M)
    )
    assert set(listed) == {path.name for path in (STATIC / "vendor").glob("*.js")}
    for name, digest in listed.items():
        assert hashlib.sha256((STATIC / "vendor" / name).read_bytes()).hexdigest() == digest
