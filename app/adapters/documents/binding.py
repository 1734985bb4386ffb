"""Binding of many papers into one PDF: typeset in threads, in order, each part on a new sheet.

Typst releases the GIL. Few parts run at a time and its cache is emptied between them, to save memory.
"""

from __future__ import annotations

import io
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

from app.adapters.documents.typeset import forget, typeset

PART = 6  # papers per run, sharing embedded fonts
Sheets = Sequence[Mapping[str, Any]]


def bind_papers(
    groups: Iterable[Sheets], out: Path, *, made: datetime, progress: Callable[[int], None] = lambda count: None
) -> int:
    """Write the papers of all groups (PART each) to `out`; return the number of pages. Raises OSError."""
    return bind(_parts(groups, made, progress), out)


def bind(parts: Iterable[bytes], out: Path) -> int:
    """Write the parts to `out`, each odd one with a blank page; return the number of pages. Raises OSError."""
    from pypdf import PdfReader, PdfWriter  # 13 MiB

    with out.open("wb") as file:
        writer = PdfWriter()
        for part in parts:
            writer.append(PdfReader(io.BytesIO(part)), import_outline=False)
            if len(writer.pages) % 2:
                writer.add_blank_page()
        writer.write(file)
    return len(writer.pages)


def _parts(groups: Iterable[Sheets], made: datetime, progress: Callable[[int], None]) -> Iterator[bytes]:
    """Yield the PDF of each group in order, running one per processor."""
    workers = os.cpu_count() or 1
    waiting: deque[tuple[int, Future[bytes]]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        for group in groups:
            waiting.append((len(group), pool.submit(_set, group, made)))
            if len(waiting) > workers:
                yield _done(*waiting.popleft(), progress)
        while waiting:
            yield _done(*waiting.popleft(), progress)


def _set(sheets: Sheets, made: datetime) -> bytes:
    pdf = typeset(sheets, made=made)
    forget()
    return pdf


def _done(count: int, part: Future[bytes], progress: Callable[[int], None]) -> bytes:
    pdf = part.result()
    progress(count)
    return pdf
