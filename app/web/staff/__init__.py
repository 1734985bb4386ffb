"""Staff pages."""

# their routes belong to the blueprint
from app.web.staff import overview, statistics  # noqa: F401
from app.web.staff.blueprint import bp
from app.web.staff.exports import views as _exports  # noqa: F401
from app.web.staff.file import holding, online_checks, prefetch, views  # noqa: F401
from app.web.staff.file.taking_back import conclusion, revoking  # noqa: F401
from app.web.staff.money import orders, record, settle  # noqa: F401
from app.web.staff.people import corrections, missing_scores  # noqa: F401
from app.web.staff.people import views as _people  # noqa: F401
from app.web.staff.queue import bulk  # noqa: F401
from app.web.staff.queue import views as _queue  # noqa: F401
from app.web.staff.spot_checks import views as _spot_checks  # noqa: F401

__all__ = ["bp"]
