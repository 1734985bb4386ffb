"""Many parts of a PDF become one file; each part begins on a new sheet of paper."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path

from pypdf import PdfReader, PdfWriter


def bind(parts: Iterable[bytes], out: Path) -> int:
    """Write the parts to `out`, one after the other, a blank page behind an odd one; how many pages there are. OSError."""
    writer = PdfWriter()
    for part in parts:
        writer.append(PdfReader(io.BytesIO(part)), import_outline=False)
        if len(writer.pages) % 2:
            writer.add_blank_page()
    with out.open("wb") as file:
        writer.write(file)
    return len(writer.pages)
