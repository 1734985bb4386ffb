"""Static files: bundled, compressed once, cached in memory.
Pages are not compressed: beside the CSRF token and personal data they hold text others may choose, and the compressed
length reveals such secrets (BREACH).
"""

from __future__ import annotations

import gzip
import hashlib
from functools import cache
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from flask import Flask, Response, current_app, request, url_for
from werkzeug.exceptions import NotFound

from app.web.scripts import Scripts

# not the operating system's list: on Windows it may declare scripts plain text, which browsers refuse to run
KINDS = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".md": "text/markdown; charset=utf-8",
    ".png": "image/png",
    ".woff2": "font/woff2",
}
PACKED = {".png", ".woff2"}  # already compressed
BUNDLES = ("everyone", "signed-in", "pictures", "staff")  # static/js/<name>.js with its imports


class StaticFile(NamedTuple):
    """Bytes, gzipped bytes (None if not smaller), media type and hash."""

    plain: bytes
    gzipped: bytes | None
    kind: str
    version: str


def install(app: Flask) -> None:
    """Replace Flask's static view."""
    app.view_functions["static"] = send


@cache
def address(name: str) -> str:
    """Return a static file's address with its hash, cacheable without limit."""
    return url_for("static", filename=name, v=file(_folder(), name).version)


def send(filename: str) -> Response:
    """Send a static file, gzipped if accepted. The ETag differs by encoding."""
    if filename not in _names(_folder()):
        raise NotFound
    found = file(_folder(), filename)
    packed = found.gzipped if request.accept_encodings.best_match(("gzip", "identity")) == "gzip" else None
    response = Response(found.plain if packed is None else packed, content_type=found.kind)
    response.set_etag(found.version if packed is None else f"{found.version}-gzip")
    if packed is not None:
        response.content_encoding = "gzip"
    if found.gzipped is not None:
        response.vary.add("Accept-Encoding")
    response.make_conditional(request)
    return response


@cache
def file(folder: Path, name: str) -> StaticFile:
    """Return a file; one of BUNDLES is bundled. Raises KeyError."""
    if name not in _names(folder):
        raise KeyError(name)
    path = PurePosixPath(name)
    if path.parent == PurePosixPath("js") and path.stem in BUNDLES:
        plain = _bundle(folder, path.stem)
    else:
        plain = (folder / name).read_bytes()
    gzipped = None if path.suffix in PACKED else gzip.compress(plain, compresslevel=9, mtime=0)
    if gzipped is not None and len(gzipped) >= len(plain):
        gzipped = None
    kind = KINDS.get(path.suffix, "application/octet-stream")
    return StaticFile(plain, gzipped, kind, hashlib.sha256(plain).hexdigest()[:12])


def _folder() -> Path:
    return Path(current_app.static_folder or "")


@cache
def _names(folder: Path) -> frozenset[str]:
    """Return all files below the folder; others are refused."""
    return frozenset(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def _bundle(folder: Path, name: str) -> bytes:
    """Return a bundle; modules of earlier bundles are imported from their addresses."""
    scripts = Scripts(folder)
    loaded: dict[str, str] = {}  # module -> relative address of its bundle
    for other in BUNDLES[: BUNDLES.index(name)]:
        version = file(folder, f"js/{other}.js").version
        for module in scripts.modules(f"js/{other}.js"):
            loaded.setdefault(module, f"./{other}.js?v={version}")
    return scripts.together(f"js/{name}.js", loaded).encode()
