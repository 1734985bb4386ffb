"""The pages of the wizard. Importing this room gives its blueprint all its routes."""

from app.wizard.views import application, fixes, step  # noqa: F401
from app.wizard.views.answers import bp

__all__ = ["bp"]
