"""Reasons for returning items of a graduation: items and initial catalogue."""

from __future__ import annotations

from app.rules.review.reasons import Place, Seed
from app.rules.service import Reasons

PLACES: tuple[Place, ...] = (
    ("profile", "个人信息", (
        ("profile.name", "姓名"), ("profile.id_number", "身份证号码"), ("profile.sex", "性别"), ("profile.birth_date", "出生日期"),
        ("profile.ticket", "准考证号"), ("profile.phone", "手机号码"), ("profile.email", "电子邮箱"), ("profile.address", "通讯地址"),
        ("profile.postcode", "邮政编码"), ("profile.nation", "民族"), ("profile.political_status", "政治面貌"),
        ("profile.occupation", "职业"), ("profile.portrait", "本人照片"),
    )),
    ("scores", "登记成绩", (
        ("scores.major", "毕业专业"), ("scores.extra_option", "加考情形"), ("scores.assessment", "学分与课程"),
        ("scores.missing_reason", "缺少成绩的说明"),
    )),
    ("statement", "自我鉴定", (("statement.statement", "自我鉴定"),)),
    ("prior_degree", "前置学历凭证", (
        ("prior_degree.diploma_number", "毕业证书编号"), ("prior_degree.diploma_year", "毕业证书获取时间"),
        ("prior_degree.diploma_province", "毕业证书获取省份"), ("prior_degree.diploma_photo", "毕业证书照片"),
        ("prior_degree.diploma_remark", "毕业证书备注"), ("prior_degree.proof_kind", "第二种凭证"),
        ("prior_degree.record_code", "在线验证码"), ("prior_degree.record_photo", "备案表照片"),
        ("prior_degree.record_remark", "备案表备注"), ("prior_degree.report_number", "报告编号"),
        ("prior_degree.report_photo", "认证报告照片"), ("prior_degree.report_remark", "认证报告备注"),
    )),
)  # fmt: skip
"""Every item that can be returned, by step, with the page's labels."""
PHOTOS = ("prior_degree.diploma_photo", "prior_degree.record_photo", "prior_degree.report_photo")
SEEDS = (
    Seed("R08", "证书编号与照片不一致", "证书编号与证书照片不一致", ("prior_degree.diploma_number", "prior_degree.diploma_photo")),
    Seed("R10", "在线验证码错误或过期", "在线验证码错误或已过期", ("prior_degree.record_code", "prior_degree.record_photo")),
    Seed("R07", "学信网查询不到", "前置学历在学信网查询不到", ("prior_degree",)),
    Seed("R13", "图像不清晰或不是原件", "图像不清晰、不完整、方向不正或不是原件", PHOTOS),
    Seed("R09", "传成了学籍验证报告", "上传的是学籍验证报告，须为学历证书电子注册备案表", ("prior_degree.record_photo", "prior_degree.record_code")),
    Seed("R11", "须提供学历认证报告", "2002 年以前毕业须提供学历认证报告", ("prior_degree",)),
    Seed("R12", "姓名或证件号码不一致", "姓名或证件号码与前置学历不一致，须附公安机关证明", ("profile.name", "profile.id_number", "prior_degree")),
    Seed("R17", "材料不齐", "材料不齐", ("prior_degree",)),
    Seed("R01", "课程没有合格成绩", "课程【{course}】未取得合格成绩", ("scores",)),
    Seed("R02", "总学分不足", "总学分不足，{credits}", ("scores",)),
    Seed("R03", "实践环节未合格", "实践环节【{course}】未考核或未合格，学分不完整", ("scores",)),
    Seed("R04", "毕业论文未完成", "毕业论文（设计）【{course}】未完成或成绩未录入", ("scores",)),
    Seed("R05", "加考课程未完成", "加考课程【{course}】未完成", ("scores",)),
    Seed("R05-2", "加考选项不符", "加考选项与前置学历专业不符", ("scores.extra_option", "scores.major", "prior_degree")),
    Seed("R06", "课程不能顶替", "新旧计划课程不能互相顶替，或顶替关系未办理", ("scores",)),
    Seed("R21", "缺成绩说明不成立", "缺成绩说明不成立，请联系主考学校补录成绩后再申请", ("scores.missing_reason",)),
    Seed("R20", "转考未完成", "转考尚未完成，或转入后未满规定门数", ("scores",)),
    Seed("R22", "专业已停止办理毕业", "所报专业已停止办理毕业", ("scores.major",)),
    Seed("R14", "照片不符合规格", "照片不符合规格（背景、尺寸、遮挡或翻拍）", ("profile.portrait",)),
    Seed("R15", "自我鉴定不合要求", "自我鉴定内容不合要求", ("statement",)),
    Seed("R16", "思想品德鉴定不合要求", "思想品德鉴定未盖章或不合格", ("statement",), active=False),
    Seed("R18", "停考期或推迟毕业期内", "在停考期或推迟毕业期内", ("profile.ticket", "scores.major")),
    Seed("R19", "已申请、已毕业或已转出", "已申请、已毕业，或考籍已转出", ("profile.ticket", "scores.major")),
    Seed("R00", "填写有误", "填写有误，请核对后重新填写", ()),
)  # fmt: skip
"""domain.md §7.2, worded for the examinee."""
REASONS = Reasons(PLACES, SEEDS, courses="scores", explained="scores.missing_reason")
