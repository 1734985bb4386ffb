"""What is stored. Importing this makes every table known to the metadata."""

from app.models.applications import Application, Evidence, Finding, Review, Submission
from app.models.audit import AuditEvent
from app.models.orders import Order, PaymentEvent
from app.models.people import Captcha, Examinee, KnownDevice, LoginSession, School, Staff, Throttle, Ticket
from app.models.plans import PlanRow
from app.models.scores import Score
from app.models.windows import Announcement, SiteText, Window

__all__ = [
    "Announcement", "Application", "AuditEvent", "Captcha", "Evidence", "Examinee", "Finding", "KnownDevice",
    "LoginSession", "Order", "PaymentEvent", "PlanRow", "Review", "School", "Score", "SiteText", "Staff",
    "Submission", "Throttle", "Ticket", "Window",
]  # fmt: skip
