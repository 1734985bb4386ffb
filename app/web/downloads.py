"""Files that a page sends to be saved, under a name in Chinese."""

from __future__ import annotations

from pathlib import PurePath
from typing import IO
from urllib.parse import quote

from flask import Response, send_file


def as_download(data: IO[bytes], mimetype: str, name: str) -> Response:
    """Return the file as an attachment. `name`: with its ending, any letters; older browsers read an ASCII one: kaoji-2026-11-30.xlsx."""
    answer = send_file(data, mimetype=mimetype, as_attachment=True, download_name=name, max_age=0)
    plain = PurePath(name).stem.encode("ascii", "ignore").decode().split()
    names = {"filename": "-".join(["kaoji", *plain]) + PurePath(name).suffix, "filename*": f"UTF-8''{quote(name)}"}
    answer.headers.set("Content-Disposition", "attachment", **names)
    return answer
