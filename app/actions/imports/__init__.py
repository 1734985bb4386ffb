"""Imports of the office's data: schools, plans, examinees, scores. All rows of a file or none."""

from __future__ import annotations

from app.actions.imports.common import ImportResult
from app.actions.imports.examinees import import_examinees
from app.actions.imports.schools import import_schools
from app.actions.imports.scores import import_scores

__all__ = ["ImportResult", "import_examinees", "import_schools", "import_scores"]
