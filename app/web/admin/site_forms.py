"""Posted forms of the administration except the window form."""

from __future__ import annotations

from app.actions.office.site import COUNTS
from app.rules.audit_words import ACTION, ACTOR
from app.rules.people.roles import STAFF_ROLES
from app.rules.site_texts import TEXTS
from app.wizard.forms import TICKED, Choice, Digits, Form, Keyed, Line, Lines, Number, Text, Token


class AnnouncementForm(Form):
    title = Line("标题")
    body = Lines("内容")
    pinned = Choice("置顶", TICKED)
    act = Text()
    form_token = Token()


class AccountForm(Form):
    username = Line("用户名")
    name = Line("姓名")
    role = Choice("角色", STAFF_ROLES)
    school_code = Choice("主考学校")
    form_token = Token()


class AccountActForm(Form):
    act = Text()
    form_token = Token()


class RoleForm(Form):
    role = Choice("角色", STAFF_ROLES)
    school_code = Choice("主考学校")
    form_token = Token()


class CertificatesForm(Form):
    rule = Choice("办法")
    province = Digits("省份代码")
    area = Digits("地区代码")
    number = Line("编号")
    reason = Line("原因")
    act = Text(default="save")
    form_token = Token()


class AuditForm(Form):
    """Filters of the audit log."""

    q = Line("查找")
    actor = Choice(ACTOR)
    action = Choice(ACTION)
    since = Line("从")
    until = Line("到")


class WindowActForm(Form):
    """What to do with a window; `version`: the one the page was made from, 0 if absent.

    `sure`: the question that was answered; `until`: new closing time of one that is opened.
    """

    act = Text()
    version = Number()
    sure = Text()
    until = Text("新的截止时间")
    form_token = Token()


class ForecastForm(Form):
    school = Choice("主考学校")
    major = Choice("专业")
    short = Digits("最多还差几门")
    file = Choice(default="xlsx")


class CatalogueForm(Form):
    """A return reason and its action."""

    label = Line("名称")
    text = Line("给考生看的文字")
    places = Keyed("用在", many=True)  # by step
    version = Number()
    act = Text()
    form_token = Token()


SettingsForm: type[Form] = type(
    "SettingsForm", (Form,), {name: (Digits if name in COUNTS else Line)(label) for name, label in TEXTS.items()}
)
"""One line per site text."""
