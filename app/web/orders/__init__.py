"""我的订单, payment, training cashier, gateway notices."""

from flask import Blueprint

bp = Blueprint("orders", __name__)

from app.web.orders import gateway, views  # noqa: E402,F401  their routes belong to the blueprint
