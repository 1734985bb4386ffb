"""Static files as the browser gets them: scripts put together, compressed once, kept in memory for the life of the process.

Only static files are compressed. Pages and other answers are not: they carry the CSRF token and personal data beside text
that somebody else may have chosen, and the length of a compressed answer gives such secrets away bit by bit (BREACH).
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

# The operating system's own list is not asked: on Windows it may call a script plain text, which browsers refuse to run
KINDS = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".md": "text/markdown; charset=utf-8",
    ".png": "image/png",
    ".woff2": "font/woff2",
}
PACKED = {".png", ".woff2"}  # already compressed
BUNDLES = ("everyone", "signed-in", "pictures", "staff")  # static/js/<name>.js, served with the modules that it imports


class StaticFile(NamedTuple):
    """A file's bytes, the same compressed (None where that saves nothing), its media type and the hash in its address."""

    plain: bytes
    gzipped: bytes | None
    kind: str
    version: str


def install(app: Flask) -> None:
    """Answer for Flask's own address of static files."""
    app.view_functions["static"] = send


@cache
def address(name: str) -> str:
    """The address of a static file with its own hash in it, so that it can be kept for ever."""
    return url_for("static", filename=name, v=file(_folder(), name).version)


def send(filename: str) -> Response:
    """A static file, compressed for who accepts that. Its ETag differs by encoding, as the bytes do."""
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
    """A file of the folder; one of BUNDLES is put together. KeyError where there is none."""
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
    """Every file below the folder, with slashes: what is not in here does not exist, whatever the address says."""
    return frozenset(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def _bundle(folder: Path, name: str) -> bytes:
    """A bundle's text; modules of the bundles before it are imported from where the page has loaded them already."""
    scripts = Scripts(folder)
    loaded: dict[str, str] = {}  # module: the address, relative to this one, of the file that holds it
    for other in BUNDLES[: BUNDLES.index(name)]:
        version = file(folder, f"js/{other}.js").version
        for module in scripts.modules(f"js/{other}.js"):
            loaded.setdefault(module, f"./{other}.js?v={version}")
    return scripts.together(f"js/{name}.js", loaded).encode()
