"""Sign-in, passwords, 准考证号 and the public pages."""

from flask import Blueprint

bp = Blueprint("account", __name__)
