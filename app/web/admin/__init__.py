"""Administration pages."""

from flask import Blueprint

bp = Blueprint("admin", __name__, url_prefix="/admin")

from app.web.admin import (  # noqa: E402,F401  their routes belong to the blueprint
    accounts,
    announcements,
    audit,
    certificates,
    characters,
    forecast,
    reasons,
    settings,
    templates,
    windows,
)
