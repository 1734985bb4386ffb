"""Database models. Importing this registers every table."""

from app.models.applications import (
    Application,
    Evidence,
    Finding,
    Message,
    PaperNumber,
    PicturePart,
    Review,
    RosterPortrait,
    Submission,
)
from app.models.asides import Aside
from app.models.audit import AuditEvent, AuditLink
from app.models.completions import Completion
from app.models.health.facts import InstanceFact
from app.models.missing_scores import ScoreQuestion
from app.models.orders import Order, PaymentEvent, Settlement
from app.models.papers import Certificate, CertificateSeries, ExportColumns, Paper
from app.models.people import (
    Captcha,
    Correction,
    Examinee,
    KnownDevice,
    LoginSession,
    RecoveryCode,
    SavedView,
    School,
    Staff,
    StaffNotice,
    Throttle,
    Ticket,
)
from app.models.plans import PlanRow
from app.models.review import (
    Assignment,
    Batch,
    DoneForm,
    KeptWork,
    Lease,
    Note,
    OnlineCheck,
    PendingDecision,
    ReturnReason,
    Revocation,
    stands,
)
from app.models.scores import Score
from app.models.spot_checks import SpotCheck, SpotCheckFile
from app.models.upkeep.due import DueWork
from app.models.windows import Announcement, Extension, SiteText, Window

__all__ = [
    "Announcement",
    "Application",
    "Aside",
    "Assignment",
    "AuditEvent",
    "AuditLink",
    "Batch",
    "Captcha",
    "Certificate",
    "CertificateSeries",
    "Completion",
    "Correction",
    "DoneForm",
    "DueWork",
    "Evidence",
    "Examinee",
    "ExportColumns",
    "Extension",
    "Finding",
    "InstanceFact",
    "KeptWork",
    "KnownDevice",
    "Lease",
    "LoginSession",
    "Message",
    "Note",
    "OnlineCheck",
    "Order",
    "Paper",
    "PaperNumber",
    "PaymentEvent",
    "PendingDecision",
    "PicturePart",
    "PlanRow",
    "RecoveryCode",
    "ReturnReason",
    "Review",
    "Revocation",
    "RosterPortrait",
    "SavedView",
    "School",
    "Score",
    "ScoreQuestion",
    "Settlement",
    "SiteText",
    "SpotCheck",
    "SpotCheckFile",
    "Staff",
    "StaffNotice",
    "Submission",
    "Throttle",
    "Ticket",
    "Window",
    "stands",
]
