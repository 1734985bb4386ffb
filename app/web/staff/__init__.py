"""The staff's rooms: overview, queue, review page, examinees, orders."""

from flask import Blueprint

bp = Blueprint("staff", __name__)

from app.web.staff import (  # noqa: E402,F401  their routes belong to the blueprint
    coming,
    desk,
    exports,
    orders,
    overview,
    people,
    questions,
    queue,
    queue_bulk,
    review,
    statistics,
)
