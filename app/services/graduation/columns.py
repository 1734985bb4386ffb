"""The list of graduates, and the columns read from the frozen submission."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select

from app.actions import scope
from app.actions.clashes import stopped
from app.actions.exports.columns import MAJOR, PEOPLE, STATE, case_states, cases, date_cell, frozen_column
from app.actions.lists import Column, Kind
from app.models import Application, Certificate, Submission
from app.rules.review.lifecycle import State
from app.services.graduation.papers import REGISTER, STATES

APPLICATION_COLUMNS = (
    frozen_column("profile.address", "通讯地址"),
    frozen_column("profile.postcode", "邮政编码"),
    frozen_column("profile.email", "电子邮箱"),
    frozen_column("profile.occupation", "职业"),
    frozen_column("prior_degree.diploma_number", "前置学历证书编号"),
    frozen_column("prior_degree.diploma_year", "前置学历取得时间"),
    frozen_column("scores.assessment", "学分与课程"),
)


def _graduates(query: Select[Any]) -> Select[Any]:
    live = (Certificate.application_id == Application.id) & Certificate.voided_at.is_(None)
    stands = (Application.state == State.COMPLETED) | ~stopped()
    return cases(query).outerjoin(Certificate, live).where(Application.state.in_(STATES), stands)


GRADUATES = Kind(
    "graduates", "毕业生",
    (
        Column("certificate", "毕业证书编号", Certificate.number), *PEOPLE, *MAJOR,
        Column("decided_at", "审定日期", Application.decided_at, date_cell),
        STATE,
        Column("receipt", "回执编号", Submission.receipt, usual=False),
        *APPLICATION_COLUMNS,
    ),
    _graduates, Application.id, Application.decided_at, "审定日期", scope.REVIEWING, case_states(STATES),
    of_cases=True, service="graduation", paper=REGISTER.key,
)  # fmt: skip
