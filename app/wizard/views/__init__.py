"""Pages of the wizard; importing this package adds all routes to the blueprint."""

from app.wizard.views import application, fixes, step  # noqa: F401
from app.wizard.views.answers import bp

__all__ = ["bp"]
