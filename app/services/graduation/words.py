"""Texts of graduation: notice, fee, field labels."""

from __future__ import annotations

from app.rules.review.lifecycle import State
from app.rules.service import Words

NOTICE = """\
1. 申请前请确认：专业计划规定的课程已全部取得合格成绩，毕业论文和实践环节已完成，须加考的课程已通过。登记成绩一步会逐门列出，并说明还缺什么。
2. 请填写本人最新信息，手机须是本人常用号码，审核中如有问题会按此号码联系你。
3. 选择毕业专业后才能看到成绩。如出现加考选项，请按前置学历的专业如实选择。已取得的成绩有误，请联系主考学校。
4. 确实符合毕业条件，但部分课程没有成绩的，请按登记成绩一步的提示如实说明情况，由主考学校核实。
5. 自我鉴定将打印到《毕业生登记表》并放入个人档案，请认真填写。内容应包括政治思想、学习态度和遵纪守法等方面。
6. 申请本科毕业的，须上传前置学历凭证：2002 年及以后毕业的，上传《毕业证书》和《教育部学历证书电子注册备案表》；2002 年以前毕业的，上传《毕业证书》和《中国高等教育学历认证报告》。申请专科毕业的跳过这一步。
7. 凭证照片应清晰完整，文字方向朝上，格式和大小见本页下方“本次对凭证照片的要求”。
8. 提交后请耐心等待审核，并登录本平台查看结果。审核未通过的，请查看原因，在办理时间内点击“重新申请”，修改后再次提交。
9. 审核通过后，请按主考学校的通知办理后续事宜。进入缴费时间后，请再次登录，按提示支付毕业审定费；如果没有支付提示，请联系主考学校。
10. 请在办理时间内完成申请。若错过本次办理时间，请在下一次按时办理。
"""
"""Default 考生须知 of a window: the points of the manual, chapter 3.1."""
PROOF_KINDS = {"record": "教育部学历证书电子注册备案表", "report": "中国高等教育学历认证报告"}
FIELDS = {
    "major": "专业",
    "missing_reason": "情况说明",
    "statement": "自我鉴定",
    "diploma_number": "毕业证书编号",
    "diploma_year": "获取凭证时间（年）",
    "diploma_month": "获取凭证时间（月）",
    "diploma_province": "获取凭证省份",
    "diploma_remark": "毕业证书备注",
    "proof_kind": "第二种凭证",
    "record_code": "在线验证码",
    "record_remark": "备案表备注",
    "report_number": "报告编号",
    "report_remark": "认证报告备注",
}
WORDS = Words(
    notice=NOTICE,
    purpose="毕业审核",
    fee_title="毕业审定费",
    receipt="BY",
    afterwards={
        State.APPROVED: "请先支付毕业审定费，支付后申请即办结，再按主考学校官网公告办理《毕业生登记表》和领取毕业证书。",
        State.COMPLETED: "请关注主考学校官网公告，按公告的时间和地点办理《毕业生登记表》和领取毕业证书。",
    },
    fields=FIELDS,
    choices={"proof_kind": PROOF_KINDS},
)
