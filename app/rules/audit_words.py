"""Words for audit actions, subjects and details. Rows keep the keys, which scripts read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from app.rules.calendar import moment
from app.rules.people.roles import STAFF_ROLES
from app.rules.review import lifecycle, words
from app.rules.review.lifecycle import State

ACTOR, ACTION = "工作人员", "动作"
"""Filters of acts."""
WORDS = {
    "activation.failed": "激活时准考证号不对", "activation.closed": "激活暂停", "sign_in.ok": "登录", "sign_in.failed": "登录失败",
    "sign_in.locked": "账号暂时锁定", "sign_in.many_accounts": "警报：同一地址试多个账号", "sign_in.braked": "警报：一个地址登录太多，要排队",
    "sign_in.many_failures": "警报：大量登录失败",
    "identity.confirmed": "身份确认", "identity.failed": "身份确认失败", "totp.ok": "输入动态码", "totp.failed": "动态码错误",
    "totp.enrolled": "启用两步验证", "totp.recovery_code": "使用恢复码", "totp.reset": "重置两步验证",
    "application.started": "开始填写", "application.submitted": "提交", "application.resubmitted": "重新提交",
    "application.withdrawn": "撤回", "application.discarded": "舍弃草稿",
    "application.completed": "办结", "application.undo_completion": "撤销办结", "application.noted": "写了内部备注", "application.assigned": "分配",
    "application.pass_school": words.passed(State.SCHOOL_REVIEW), "application.approve": words.passed(State.OFFICE_REVIEW),
    "application.approve_at_once": words.passed(State.SCHOOL_REVIEW, stages=1),
    **{
        f"application.{arrow}": words.DECISIONS[decision]
        for decision, arrows in lifecycle.DECISION_ARROWS.items() if decision != "pass" for arrow in arrows
    },
    "review.begun": "开始审核", "review.decided": "作出决定，等待生效", "review.undone": "撤销决定", "review.lapsed": "决定没有生效",
    "application.revoke_to_school": "撤销已生效的决定", "application.revoke_to_office": "撤销已生效的决定",
    "application.put_aside": "请示", "application.aside_answered": "答复请示", "application.aside_taken_back": "收回请示",
    "spot_check.drawn": "抽查：抽取", "spot_check.checked": "抽查：复核一件", "spot_check.opened": "抽查：没有复核就打开了申请",
    "spot_check.told": "抽查：看到了别人复核的结果",
    "review.taken_over": "接手", "review.looked": "打开查看", "batch.pass": "批量通过", "batch.assign": "批量分配", "batch.even": "平均分配",
    "evidence.viewed": "打开照片", "evidence.checked_online": "在学信网核对", "evidence.check_taken_off": "取消在学信网核对的记录", "examinee.revealed": "查看证件号码或手机号码", "alarm.many_reveals": "警报：查看号码过多",
    "alarm.many_resets": "警报：一天重置密码过多", "alarm.many_corrections": "警报：一天更正登录号码或归属过多",
    "extension.granted": "单独延长时间", "extension.ended": "提前结束单独延长",
    "account.activated": "激活账号", "account.password_changed": "考生修改密码", "examinee.reset_code": "给考生一次性登录码",
    "examinee.corrected": "更正考生资料", "examinee.merged": "合并同一考生的两份资料", "ticket.corrected": "更正准考证号",
    "score.corrected": "更正成绩", "score.withdrawn": "作废成绩",
    "staff.created": "新建账号", "staff.disabled": "停用账号", "staff.enabled": "启用账号", "staff.reset": "重置密码",
    "staff.password_set": "设置密码", "staff.role_changed": "改角色",
    "question.asked": "报告缺成绩", "question.added": "缺成绩：已补录", "question.refused": "缺成绩：不成立",
    "order.opened": "生成订单", "order.paid": "已支付", "order.closed": "关闭订单", "order.corrected": "更正现场缴费的登记", "payment.settled": "待处理的款项处理完毕", "payment.paid": "收到缴费", "payment.disputed": "缴费有争议",
    "payment.duplicate_paid": "重复缴费", "payment.forged": "警报：伪造的缴费通知", "access.refused": "拒绝访问",
    "clock.jumped": "警报：服务器时间跳变", "paper.issued": "打印", "certificate.assigned": "给出毕业证书编号", "certificate.voided": "作废毕业证书编号",
    "certificate.settings": "修改编号办法",
    "export.applications": "导出申请", "export.graduates": "导出毕业生", "export.orders": "导出订单", "export.unpaid": "导出待缴费名单", "export.audit": "导出操作记录",
    "export.statistics": "导出统计", "forecast.exported": "导出毕业预测",
    "import.schools": "导入学校", "import.plans": "导入专业计划", "import.examinees": "导入考生", "import.scores": "导入成绩", "score.fell": "成绩改动后不再合格",
    "window.created": "新建办理时间", "window.edited": "修改办理时间", "window.opened": "立即开放", "window.closed": "立即截止", "window.deleted": "删除办理时间",
    "reason.created": "新建退回原因", "reason.edited": "修改退回原因", "reason.moved": "移动退回原因", "reason.retired": "停用退回原因",
    "reason.restored": "启用退回原因", "reason.deleted": "删除退回原因",
    "announcement.created": "写公告", "announcement.edited": "修改公告", "announcement.published": "发布公告",
    "announcement.withdrawn": "撤下公告", "site.edited": "修改站点设置",
    "key.renewed": "换密钥", "alarm.many_strays": "警报：没有记录的文件太多，没有移走", "alarm.picture_damaged": "警报：照片文件损坏",
    "alarm.picture_missing": "警报：照片文件缺失", "evidence.restored": "从隔离区放回照片", "evidence.lost": "没有文件的照片记为找不回来", "evidence.quarantined": "把没有记录的文件移到隔离区",
}  # fmt: skip
GROUPS = {
    "sign_in.": "登录", "totp.": "两步验证", "identity.": "身份确认", "application.": "申请和审核",
    "review.": "审核过程", "batch.": "批量", "reason.": "退回原因", "question.": "缺成绩", "extension.": "单独延长时间",
    "order.": "订单", "payment.": "缴费", "paper.": "打印", "certificate.": "证书编号", "evidence.": "凭证",
    "spot_check.": "抽查", "forecast.": "毕业预测", "activation.": "激活",
    "account.": "考生激活和密码", "examinee.": "考生账号和证件号码", "staff.": "工作人员账号",
    "export.": "导出", "import.": "导入", "score.": "成绩", "ticket.": "准考证号", "window.": "办理时间", "site.": "站点设置", "key.": "密钥", "announcement.": "公告", "alarm.": "警报", "clock.": "时钟", "access.": "拒绝访问",
}  # fmt: skip
"""How the names of acts begin that are looked for together."""
SUBJECTS = {
    "application": "申请", "spot_check": "抽查", "staff": "工作人员", "examinee": "考生", "order": "订单", "score_question": "缺成绩", "window": "办理时间",
    "return_reason": "退回原因", "announcement": "公告", "site": "站点", "address": "来源地址", "import": "导入", "export": "导出",
    "batch": "批量", "ticket": "准考证号", "forecast": "毕业预测", "paper": "打印件", "certificate": "毕业证书编号",
}  # fmt: skip
DETAILS = {
    "pictures": "删除的照片", "picture": "照片编号", "times": "次数", "path": "网址", "paths": "网址", "more_paths": "另有别的网址（次）", "addresses": "来源地址", "more_addresses": "另有别的来源地址（次）", "status": "结果", "gateway": "支付渠道", "body": "内容", "pinned": "置顶", "position": "位置", "places": "适用", "people": "人数", "way": "方向", "q": "查找", "actor": "工作人员", "action": "动作", "since": "从",
    "state": "状态", "service": "业务", "files": "申请", "major_code": "专业", "name": "名称", "contact_phone": "咨询电话", "contact_hours": "咨询时间",
    "certificate_rule": "编号办法", "certificate_province": "省份代码", "certificate_area": "地区代码", "drawn": "抽出", "reviewer": "审核员", "share": "抽多少", "population": "范围内件数",
    "item": "项目", "seconds": "秒", "seed": "种子", "asked": "请示谁", "stage": "环节", "to": "改为", "from": "原来", "number": "编号", "returned": "退回", "waived": "准予缺课", "decision": "决定",
    "receipt": "回执或收据", "why": "原因", "reason": "原因或用途", "kind": "种类", "role": "角色", "school": "学校", "school_code": "学校",
    "username": "用户名", "file": "文件", "new": "新增", "changed": "改动", "unchanged": "未变", "count": "行数", "lines": "行数",
    "filter": "筛选", "columns": "列", "form": "格式", "done": "办成", "skipped": "跳过", "batch": "批次", "course": "课程",
    "session": "考次", "major": "专业", "short": "最多差", "amount": "金额（分）", "by": "方式", "late": "逾期", "trade": "交易号",
    "order": "订单", "application": "申请", "ticket": "准考证号", "window": "办理时间", "what": "延长", "until": "到", "sha256": "校验值",
    "instead_of": "原截止", "extension": "延长编号", "title": "标题", "label": "名称", "text": "文字", "before": "原来", "after": "改为", "differs": "不同处", "merged": "并入的编号",
    "strays": "没有记录的文件", "held": "照片文件", "restored": "放回", "missing": "没有文件的照片", "fallen": "不再合格的成绩", "elsewhere": "结束了另一处登录", "most": "上限", "rule": "办法", "undo_minutes": "撤销分钟数", "four_eyes": "终审须由另一人",
}  # fmt: skip
VALUES = {
    **{state.value: word for state, word in lifecycle.WORDS.items()},
    **STAFF_ROLES,
    **words.DECISIONS,
    "lead": "主考学校负责人",
    "agree": "同意通过",
    "disagree": "不同意，应退回",
    "office": "考办",
    "staff": "工作人员",
    "examinee": "考生",
    "activating": "激活",
    "half": "等待动态码",
    "enrolling": "启用两步验证",
    "fixes": "修改",
    "apply": "申请",
    "pay": "缴费",
    "up": "上移",
    "down": "下移",
    "offline": "现场缴费",
}


MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d\S*")


def detail_words(detail: Mapping[str, Any], names: Mapping[str, str] | None = None) -> str:
    """Render a row's detail in one line, without empty values. `names`: words of the services, for values and names."""
    words = names or {}
    return "；".join(
        f"{DETAILS.get(name) or words.get(name, name)}{'' if isinstance(value, Mapping) else ' '}{value_words(value, words)}"
        for name, value in detail.items()
        if value not in ([], {}, "", None)
    )


def value_words(value: Any, names: Mapping[str, str] | None = None) -> str:
    """Render one value of a detail; a moment in local time."""
    words = names or {}
    if isinstance(value, Mapping):
        return f"（{detail_words(value, words) or '未填'}）"
    if isinstance(value, list):
        return "、".join(value_words(each, words) for each in value)
    text = str(value)
    if MOMENT.fullmatch(text):
        with suppress(ValueError, OverflowError):  # somebody typed it, and there is no such time
            return moment(datetime.fromisoformat(text))
    return {"True": "是", "False": "否"}.get(text) or words.get(text) or VALUES.get(text, text)
