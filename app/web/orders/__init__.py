"""我的订单, paying, the training cashier, and where gateways report."""

from flask import Blueprint

bp = Blueprint("orders", __name__)

from app.web.orders import gateway, views  # noqa: E402,F401  their routes belong to the blueprint
