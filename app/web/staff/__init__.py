"""Staff pages."""

from flask import Blueprint

bp = Blueprint("staff", __name__)

# their routes belong to the blueprint
from app.web.staff import overview, statistics  # noqa: E402,F401
from app.web.staff.exports import views as _exports  # noqa: E402,F401
from app.web.staff.file import holding, prefetch, views  # noqa: E402,F401
from app.web.staff.money import orders  # noqa: E402,F401
from app.web.staff.people import missing_scores  # noqa: E402,F401
from app.web.staff.people import views as _people  # noqa: E402,F401
from app.web.staff.queue import bulk  # noqa: E402,F401
from app.web.staff.queue import views as _queue  # noqa: E402,F401
