"""Examinees, tickets (准考证), staff and login sessions."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text, true
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Model, UtcDateTime
from app.rules.people.roles import RECORD_STATES, SCHOOL_ROLES, STAFF_ROLES

# searched by prefix as a byte range, which also finds two characters
NAME = String(80).with_variant(String(80, collation="C"), "postgresql")


class Examinee(Model):
    """A person, identified by the ID number; may have several tickets."""

    __tablename__ = "examinee"
    __table_args__ = (
        UniqueConstraint("id_number", name="uq_examinee_id_number"),
        UniqueConstraint("id", "name", name="uq_examinee_called"),  # target of an application's copy of the name
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    id_type: Mapped[str] = mapped_column(String(20), default="居民身份证")
    id_number: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(NAME, index=True)
    sex: Mapped[str] = mapped_column(String(4), default="")
    birth_date: Mapped[date | None]
    nation: Mapped[str] = mapped_column(String(30), default="")
    political_status: Mapped[str] = mapped_column(String(30), default="")
    phone: Mapped[str] = mapped_column(String(20), default="")
    # contact data confirmed in an application overrides the roster's
    contact_confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    # HMAC of the roster's initial password; None: last six of the ID number
    initial_mac: Mapped[str | None] = mapped_column(String(64))
    activated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reset_hash: Mapped[str | None] = mapped_column(String(200))
    reset_expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Ticket(Model):
    """A 准考证号 and its record (考籍)."""

    __tablename__ = "ticket"
    __table_args__ = (
        UniqueConstraint("number", name="uq_ticket_number"),
        CheckConstraint("status IN ({})".format(", ".join(f"'{s}'" for s in RECORD_STATES)), name="status"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    examinee_id: Mapped[int] = mapped_column(ForeignKey("examinee.id"), index=True)
    number: Mapped[str] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(10), default="在籍")
    status_until: Mapped[date | None]
    registered_on: Mapped[date | None]
    major_code: Mapped[str] = mapped_column(String(20), default="")
    school_code: Mapped[str] = mapped_column(String(20), default="")
    plan_version: Mapped[str] = mapped_column(String(20), default="")
    graduated_majors: Mapped[str] = mapped_column(String(200), default="")  # codes separated by 顿号
    last_used_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime
    )  # last chosen, by hand or by opening its application


class School(Model):
    """A 主考学校."""

    __tablename__ = "school"
    __table_args__ = (UniqueConstraint("code", name="uq_school_code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(80))
    phone: Mapped[str] = mapped_column(String(80), default="")
    hours: Mapped[str] = mapped_column(String(80), default="", server_default=text("''"))  # when the phone is answered
    address: Mapped[str] = mapped_column(String(200), default="")
    website: Mapped[str] = mapped_column(String(200), default="")
    instructions: Mapped[str] = mapped_column(default="")  # 办理须知: what to do after approval, until 已办结
    completion_instructions: Mapped[str] = mapped_column(default="")  # 办结须知: what to do after 已办结


class Staff(Model):
    """A reviewer or administrator; role and school set the scope."""

    __tablename__ = "staff"
    __table_args__ = (
        UniqueConstraint("username", name="uq_staff_username"),
        CheckConstraint("role IN ({})".format(", ".join(f"'{r}'" for r in STAFF_ROLES)), name="role"),
        CheckConstraint(
            "(role IN ({})) = (school_code <> '')".format(", ".join(f"'{r}'" for r in SCHOOL_ROLES)),
            name="school_role_has_school",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(20))
    school_code: Mapped[str] = mapped_column(String(20), default="")
    active: Mapped[bool] = mapped_column(default=True)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    code_hash: Mapped[str | None] = mapped_column(String(200))  # one-time code for first sign-in or reset
    code_expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    totp_secret: Mapped[str | None] = mapped_column(String(64))  # base32 of 20 bytes; None: no second factor
    totp_step: Mapped[int | None]  # 30-second step of the last accepted code; none is used twice
    last_sign_in_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    single_keys: Mapped[bool] = mapped_column(
        default=True, server_default=true()
    )  # shortcuts without Ctrl (WCAG 2.1.4)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RecoveryCode(Model):
    """One of ten codes that replace a lost phone; deleted when used."""

    __tablename__ = "recovery_code"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    mac: Mapped[str] = mapped_column(String(64), primary_key=True)  # HMAC-SHA256, 64 hex characters


class StaffNotice(Model):
    """What was done to an account of staff by somebody else; shown on the overview until its person has said 知道了."""

    __tablename__ = "staff_notice"
    __table_args__ = (
        Index(
            "ix_staff_notice_news",
            "staff_id",
            sqlite_where=text("known_at IS NULL"),
            postgresql_where=text("known_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    text: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    known_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Correction(Model):
    """更正 as asked, looked at before it is done: the form of one member of staff.

    `subject`: person, ticket or score, `subject_id` its row, `examinee_id` whose page it is. `asked`: the fields, with
    numbers in full: emptied when done, deleted after a day.
    """

    __tablename__ = "correction"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    subject: Mapped[str] = mapped_column(String(10))
    subject_id: Mapped[int]
    examinee_id: Mapped[int]
    asked: Mapped[dict[str, str]] = mapped_column(JSON)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SavedView(Model):
    """Named queue filters of one member of staff; `query`: query string."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("staff_id", "name", name="uq_saved_view_name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    name: Mapped[str] = mapped_column(String(30))
    query: Mapped[str] = mapped_column(String(500))


class LoginSession(Model):
    """A login session; the browser has the token, this row its SHA-256."""

    __tablename__ = "login_session"

    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    examinee_id: Mapped[int | None] = mapped_column(ForeignKey("examinee.id"), index=True)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    proved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # staff: when a password or code was last entered
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class KnownDevice(Model):
    """A browser from which an account signed in; others' failed attempts do not lock it (AC-03)."""

    __tablename__ = "known_device"

    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    account: Mapped[str] = mapped_column(String(80), index=True)
    last_used_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Throttle(Model):
    """Failures per key, stored to survive restarts and to cover all hosts.

    `slot` distinguishes what counts once per key (accounts failed from one address), else 0.
    """

    __tablename__ = "throttle"

    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    slot: Mapped[int] = mapped_column(primary_key=True)
    hits: Mapped[int]
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class Captcha(Model):
    """Valid answers of one sign-in form: at most one picture and one sound, deleted at the first try.

    `key_sha256`: of token and form id; `owner_sha256`: of the token, to count a browser's forms.
    """

    __tablename__ = "captcha"

    key_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    owner_sha256: Mapped[str] = mapped_column(String(64), index=True)
    image_mac: Mapped[str | None] = mapped_column(String(64))
    image_expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sound_mac: Mapped[str | None] = mapped_column(String(64))
    sound_expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    __table_args__ = (Index("ix_captcha_image_expires_at", "image_expires_at"),)
