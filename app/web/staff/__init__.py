"""The staff's rooms: overview, queue, review page, examinees, orders."""

from flask import Blueprint

bp = Blueprint("staff", __name__)

from app.web.staff import exports, orders, overview, people, questions, queue, review  # noqa: E402,F401  their routes belong to the blueprint
