"""Many papers become one file: set in a pool of threads, bound in their order, each part beginning on a new sheet.

The typesetter releases the interpreter's lock. Only a few parts are under way at a time and the typesetter's memory is let go
between them, so that a large batch needs little more than a small one.
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

PART = 6  # papers set in one run: they share the fonts that are embedded
Sheets = Sequence[Mapping[str, Any]]


def bind_papers(
    groups: Iterable[Sheets], out: Path, *, made: datetime, progress: Callable[[int], None] = lambda count: None
) -> int:
    """Write the papers of all groups (PART in each, say) to `out`; how many pages. OSError when it cannot be written."""
    return bind(_parts(groups, made, progress), out)


def bind(parts: Iterable[bytes], out: Path) -> int:
    """Write the parts to `out`, one after the other, a blank page behind an odd one; how many pages there are. OSError."""
    from pypdf import PdfReader, PdfWriter  # 13 MiB that a process which binds nothing does not carry

    with out.open("wb") as file:
        writer = PdfWriter()
        for part in parts:
            writer.append(PdfReader(io.BytesIO(part)), import_outline=False)
            if len(writer.pages) % 2:
                writer.add_blank_page()
        writer.write(file)
    return len(writer.pages)


def _parts(groups: Iterable[Sheets], made: datetime, progress: Callable[[int], None]) -> Iterator[bytes]:
    """The PDF of each group, in order; as many are under way as there are processors, and one more waits."""
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
