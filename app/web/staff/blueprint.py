"""The blueprint of the staff pages. Apart from the package, so that its rooms do not import each other through it."""

from flask import Blueprint

bp = Blueprint("staff", __name__)
