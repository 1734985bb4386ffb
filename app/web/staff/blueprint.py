"""The blueprint of the staff pages, apart from the package to avoid circular imports."""

from flask import Blueprint

bp = Blueprint("staff", __name__)
