"""Signing in and out, the password, 准考证号, and the pages that everybody may read."""

from flask import Blueprint

bp = Blueprint("account", __name__)
