"""Administration pages."""

from flask import Blueprint

bp = Blueprint("admin", __name__, url_prefix="/admin")

from app.web.admin import accounts, announcements, audit, certificates, characters, forecast, reasons, settings, windows  # noqa: E402,F401  their routes belong to the blueprint
