"""Bundles ES modules of static/ into one, to save requests and round trips.

Supported syntax, checked by tests/web/test_scripts.py:

    import { a, b } from './other.js';      or, for its effects only:  import './other.js';
    export function a() {}                  or async function, const
    export { a, b };                        only in vendor/

A module becomes a function, called once, that returns its exports; its names stay local.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

IMPORT = re.compile(r"^import (?:\{([^}]*)\} from )?'([^']+)';\n", re.M)
DECLARED = re.compile(r"^export (?=(?:async )?(?:function|const) (\w+))", re.M)
LISTED = re.compile(r"^export \{([^}]*)\};\n?", re.M)
COMMENT = re.compile(r"^ *(?:/\*(?:[^*]|\*(?!/))*\*/|//.*)\n", re.M)  # comments on lines of their own


class Scripts:
    """The modules below a folder, by path."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.texts: dict[str, str] = {}

    def modules(self, entry: str) -> list[str]:
        """Return the modules an entry needs, itself last, in browser order. Raises ValueError for a cycle."""
        order: list[str] = []

        def visit(name: str, above: tuple[str, ...]) -> None:
            if name in above:
                raise ValueError(f"modules import each other in a circle: {' -> '.join((*above, name))}")
            if name not in order:
                for _, target in self._imports(name):
                    visit(target, (*above, name))
                order.append(name)

        visit(entry, ())
        return order

    def together(self, entry: str, loaded: dict[str, str]) -> str:
        """Return one module of all an entry needs; `loaded`: module -> address of the bundle that holds it."""
        names = self.modules(entry)
        own = [name for name in names if name not in loaded]
        used = {target for name in own for _, target in self._imports(name) if target in loaded}
        parts = [
            f"import {{ {', '.join(_variable(name) for name in sorted(used) if loaded[name] == address)} }} from '{address}';\n"
            for address in sorted({loaded[name] for name in used})
        ]
        parts += [self._called(name) for name in own]
        return "".join(parts) + f"export {{ {', '.join(map(_variable, own))} }};\n"

    def _called(self, name: str) -> str:
        """Return the module as a called function."""
        text = self._text(name)
        given = DECLARED.findall(text)
        given += [word.strip() for words in LISTED.findall(text) for word in words.split(",")]
        lines = [
            f"const {{{names}}} = {_variable(target)};\n" for names, target in self._imports(name) if names is not None
        ]
        body = LISTED.sub("", DECLARED.sub("", IMPORT.sub("", text)))
        body = body.strip("\n") + "\n" if body.strip() else ""
        return f"const {_variable(name)} = (function () {{\n{''.join(lines)}{body}return {{ {', '.join(given)} }};\n}})();\n"

    def _imports(self, name: str) -> list[tuple[str | None, str]]:
        """Return imported names (None: effects only) and module."""
        folder = posixpath.dirname(name)
        return [
            (match[1], posixpath.normpath(posixpath.join(folder, match[2])))
            for match in IMPORT.finditer(self._text(name))
        ]

    def _text(self, name: str) -> str:
        """Return the module without full-line comments."""
        if name not in self.texts:
            self.texts[name] = COMMENT.sub("", (self.folder / name).read_text(encoding="utf-8"))
        return self.texts[name]


def _variable(name: str) -> str:
    """js/page/notice.js -> js_page_notice"""
    return re.sub(r"\W", "_", name.removesuffix(".js"))
