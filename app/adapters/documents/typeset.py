"""Typesetting of papers by Typst: plain data to PDF/A, same data to same bytes.

Templates (papers/, and those that services bring) read text as JSON from `sys.inputs`, never as markup, and access no network or
folder: they are handed over as texts.
"""

from __future__ import annotations

import base64
import io
import json
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.adapters.documents.fonts import font_folders, missing_characters, printable

if TYPE_CHECKING:
    import typst

TEMPLATES = Path(__file__).resolve().parent / "papers"
COMMON = tuple(path.name for path in TEMPLATES.glob("*.typ"))
KEPT_RUNS = 11  # results unused for so many runs are dropped
_local = threading.local()


@cache
def _fonts() -> typst.Fonts:
    import typst  # large

    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder) for folder in font_folders()]
    )


def _compiler() -> typst.Compiler:
    """Return this thread's compiler; a compiler keeps its last inputs."""
    import typst

    if not hasattr(_local, "compiler"):
        _local.compiler = typst.Compiler(b"", root=TEMPLATES, font_paths=_fonts())
    found: typst.Compiler = _local.compiler
    return found


@cache
def _text(template: Path) -> bytes:
    return template.read_bytes()


def _texts(papers: Sequence[Mapping[str, Any]]) -> dict[str, bytes]:
    """Return main.typ and all that it may import, by name: a kind's template lies beside the common ones as <kind>.typ."""
    brought = {f"{paper['kind']}.typ": paper["template"] for paper in papers if paper.get("template")}
    common = {name: TEMPLATES / name for name in COMMON}
    return {name: _text(path) for name, path in {**brought, **common}.items()}


def typeset(papers: Sequence[Mapping[str, Any]], *, made: datetime) -> bytes:
    """Return one PDF of the papers, each on a new sheet. `made` (aware) is the file's only date.

    Each paper: `kind`, `template` (path; absent or None: the common <kind>.typ), `heading`, `code`, `verify` (text before the code),
    `url` (of the QR; both '' where the site has no address), `made-from`, `photo` (JPEG bytes or b""), and its template's values.
    """
    data = json.dumps([_prepared(paper) for paper in papers], ensure_ascii=False, sort_keys=True)
    pdf = _compiler().compile(
        _texts(papers),  # type: ignore[type-var]  # many files by name: in Typst's manual for Python, not in its types
        sys_inputs={"papers": data},
        pdf_standards=["a-2u"],
        timestamp=int(made.timestamp()),
        pdf_tags=len(papers) == 1,
    )
    assert isinstance(pdf, bytes)
    return pdf


def forget() -> None:
    """Empty Typst's cache, which grows with a large batch."""
    import typst

    empty = typst.Compiler(b"", font_paths=_fonts())
    for _ in range(KEPT_RUNS):
        empty.compile(b"")


def _prepared(paper: Mapping[str, Any]) -> dict[str, Any]:
    """Return the template's data: pictures as SVG, unprintable characters replaced and listed."""
    words = {name: value for name, value in paper.items() if name not in ("photo", "url", "template")}
    missing = missing_characters(json.dumps(words, ensure_ascii=False))
    ready: dict[str, Any] = _each_text(words) if missing else words
    return {
        **ready,
        "missing": named_points(missing),
        "qr": qr_svg(paper["url"]) if paper["url"] else "",
        "photo": photo_svg(paper["photo"]),
    }


def named_points(characters: Sequence[str]) -> str:
    """Return U+2A6A5、U+1F600, for unprintable characters."""
    return "、".join(f"U+{ord(character):04X}" for character in characters)


def _each_text(value: Any) -> Any:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {name: _each_text(part) for name, part in value.items()}
    return [_each_text(part) for part in value] if isinstance(value, list | tuple) else value


def qr_svg(text: str) -> str:
    """Return a QR code as SVG; not a micro one, which WeChat cannot read."""
    import segno

    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="svg", border=1, xmldecl=False)
    return out.getvalue().decode()


def photo_svg(jpeg: bytes) -> str:
    """Return a portrait (3:4) as SVG around the JPEG, without a temporary file; "" for none."""
    if not jpeg:
        return ""
    data = base64.b64encode(jpeg).decode()
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 480 640" width="480" height="640">'
        f'<image href="data:image/jpeg;base64,{data}" width="480" height="640" preserveAspectRatio="xMidYMid meet"/></svg>'
    )
