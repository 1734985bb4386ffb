"""Forms of 抽查."""

from __future__ import annotations

from app.actions.spot_checks.drawing import NO_REVIEWER, Rule
from app.rules.calendar import read_days
from app.rules.refusals import Invalid
from app.rules.text import clean_line
from app.web.staff.file.forms import ReviewForm
from app.wizard.forms import Choice, Digits, Form, Lines, Number, Text, Token, number_of


class DrawForm(Form):
    """What is drawn from, and how much."""

    window = Number("办理时间")
    stage = Choice("环节")
    school = Choice("主考学校")
    reviewer = Choice("只抽一位审核员")
    since = Text("决定日期从")
    until = Text("到")
    way = Choice("抽多少")
    amount = Digits("数量")
    form_token = Token()

    def rule(self) -> Rule:
        """Return the rule as typed. Raises Invalid by field."""
        days = read_days(clean_line(self.since.data), clean_line(self.until.data))
        for field, (message, *_) in days.errors.items():
            raise Invalid(field, message)
        reviewer = number_of(self.reviewer.data)
        if self.reviewer.data and not reviewer:  # 0 would draw from everybody
            raise Invalid("reviewer", NO_REVIEWER)
        amount = self.amount.data
        return Rule(
            window_id=self.window.data,
            stage=self.stage.data,
            way=self.way.data,
            amount=int(amount) if amount.isascii() and amount.isdecimal() and len(amount) < 6 else 0,
            school_code=self.school.data,
            reviewer_id=reviewer or None,
            since=days.since,
            until=days.until,
        )


class CheckForm(ReviewForm):
    """The second look: findings as in a review, `note` and `result` (agree or disagree)."""

    result = Text()
    note = Lines("说明")
