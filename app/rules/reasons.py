"""Why items are returned: the catalogue that reviewers choose from (domain.md §7.2), worded for the examinee.

A reviewer may always write something else; what is stored is the text.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReturnReason:
    """`steps`: keys of the steps whose items it is offered for."""

    code: str
    text: str
    steps: tuple[str, ...]


REASONS = (
    ReturnReason("R01", "课程未取得合格成绩", ("scores",)),
    ReturnReason("R02", "总学分不足", ("scores",)),
    ReturnReason("R03", "实践环节未考核或未合格，学分不完整", ("scores",)),
    ReturnReason("R04", "毕业论文（设计）未完成或成绩未录入", ("scores",)),
    ReturnReason("R05", "加考课程未完成，或加考选项与前置学历专业不符", ("scores", "prior_degree")),
    ReturnReason("R06", "新旧计划课程不能互相顶替，或顶替关系未办理", ("scores",)),
    ReturnReason("R07", "前置学历在学信网查询不到", ("prior_degree",)),
    ReturnReason("R08", "证书编号与证书照片不一致", ("prior_degree",)),
    ReturnReason("R09", "上传的是学籍验证报告，须为学历证书电子注册备案表", ("prior_degree",)),
    ReturnReason("R10", "在线验证码错误或已过期", ("prior_degree",)),
    ReturnReason("R11", "2002 年以前毕业须提供学历认证报告", ("prior_degree",)),
    ReturnReason("R12", "姓名或证件号码与前置学历不一致，须附公安机关证明", ("profile", "prior_degree")),
    ReturnReason("R13", "图像不清晰、不完整、方向不正或不是原件", ("prior_degree",)),
    ReturnReason("R14", "照片不符合规格", ("profile",)),
    ReturnReason("R15", "自我鉴定内容不合要求", ("statement",)),
    ReturnReason("R17", "材料不齐", ("prior_degree",)),
    ReturnReason("R18", "在停考期或推迟毕业期内", ("profile",)),
    ReturnReason("R19", "已申请、已毕业，或考籍已转出", ("profile",)),
    ReturnReason("R20", "转考尚未完成，或转入后未满规定门数", ("scores",)),
    ReturnReason("R21", "缺成绩说明不成立，请联系主考学校补录成绩后再申请", ("scores",)),
    ReturnReason("R22", "所报专业已停止办理毕业", ("scores",)),
    ReturnReason("", "填写有误，请核对后重新填写", ("profile",)),
)


def for_step(step: str) -> tuple[str, ...]:
    """The texts offered for the items of a step (its key, with underscores); all of them for a step nobody thought of."""
    own = tuple(reason.text for reason in REASONS if step in reason.steps)
    return own or tuple(reason.text for reason in REASONS)
