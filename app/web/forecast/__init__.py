"""毕业资格预测 and 缺成绩 reports."""

from flask import Blueprint

bp = Blueprint("forecast", __name__)

from app.web.forecast import missing, views  # noqa: E402,F401  their routes belong to the blueprint
