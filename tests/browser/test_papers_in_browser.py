"""axe finds nothing on the pages of papers: verifying, exporting, certificate numbers, missing characters."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from app.actions.papers.papers import Look, issue
from app.extensions import db
from app.models import Application, Paper
from app.models.base import transaction
from tests import builders as build
from tests.browser.conftest import Visitor
from tests.browser.season import Season, now, staff_sign_in
from tests.browser.test_accessibility import AT_DESKS, ON_PHONES, Inspector, decided, season, submitted
from tests.reviewing import actor
from tests.sizes import FULL

__all__ = ["season"]  # the fixture


def printed(season: Season, public_id: str, kind: str) -> str:
    """The code of a paper that is printed now."""
    with season.app.app_context():
        by = actor(build.staff("office_reviewer"))
        issue(kind, public_id, look=Look("考籍平台", "http://127.0.0.1", lambda key: b""), by=by, on=now())
        return str(db.session.query(Paper.code).order_by(Paper.id.desc()).limit(1).scalar())


@ON_PHONES
def test_whoever_holds_a_paper_can_verify_it(
    season: Season, visit: Callable[..., Visitor], size: tuple[int, int]
) -> None:
    visitor = visit(size)
    visitor.expected.add(404)
    inspect = Inspector(visitor)
    public_id = submitted(season, season.examinee())
    code = printed(season, public_id, "receipt")
    inspect.visit("/verify", "verify")
    visitor.page.get_by_label("验证码").fill(f"{code[:4]} {code[4:]}".lower())
    visitor.press("核对")
    visitor.page.get_by_text("真实有效").first.wait_for()
    inspect.look("verify-genuine")
    decided(season, public_id, "return", "school_reviewer", "prior_degree.diploma_number")
    code = printed(season, public_id, "opinion")
    inspect.visit(f"/verify/{code}", "verify-opinion")
    with season.app.app_context(), transaction() as session:
        session.query(Application).one().state = "draft"
    inspect.visit(f"/verify/{code}", "verify-withdrawn")
    visitor.page.get_by_text("已撤回").first.wait_for()
    inspect.visit("/verify/AAAABBBBCCCC", "verify-unknown")
    inspect.visit("/verify?code=1", "verify-wrong")
    inspect.verdict()


@AT_DESKS
def test_pages_of_exports_and_numbers(season: Season, visit: Callable[..., Visitor], size: tuple[int, int]) -> None:
    visitor = visit(size)
    inspect = Inspector(visitor)
    public_id = submitted(season, season.examinee())
    decided(season, public_id, "pass")
    decided(season, public_id, "pass", "office_reviewer")
    with season.app.app_context():
        build.examinee(name="张\U0002a6a5", created_at=now() - timedelta(days=1))
    staff_sign_in(visitor, season.staff("admin"))
    plain = [  # which test_staff_accessibility looks at too
        ("/staff/exports/applications", "export-applications"),
        ("/staff/exports/orders", "export-orders"),
        ("/staff/exports/audit", "export-audit"),
        ("/admin/certificates", "certificates"),
        ("/admin/characters", "characters"),
    ]
    for path, name in [*(plain if FULL else ()), ("/staff/exports/graduates", "export-graduates")]:
        inspect.visit(path, name, narrow=False)
    visitor.go("/staff/exports/graduates?since=2999-01-01")
    visitor.page.get_by_label("审定日期从", exact=True).fill("2999-01-01")
    visitor.page.get_by_label("登记表").check()
    visitor.press("导出")
    inspect.look("export-nothing", narrow=False)
    visitor.go("/admin/certificates")
    visitor.page.get_by_label("省份代码").fill("x")
    visitor.press("保存")
    inspect.look("certificates-errors", narrow=False)
    inspect.verdict()
