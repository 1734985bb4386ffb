"""Which picture each typed field of the prior degree is read from."""

from app.rules.service import OfficialPage, Proofs

PROOFS = Proofs(
    read_from={
        "prior_degree.diploma_number": "prior_degree.diploma_photo",
        "prior_degree.diploma_year": "prior_degree.diploma_photo",
        "prior_degree.diploma_province": "prior_degree.diploma_photo",
        "prior_degree.record_code": "prior_degree.record_photo",
        "prior_degree.report_number": "prior_degree.report_photo",
    },
    codes={"record_photo": "prior_degree.record_code", "report_photo": "prior_degree.report_number"},
    numbers={
        "prior_degree.diploma_number": "毕业证书编号",
        "prior_degree.record_code": "在线验证码",
        "prior_degree.report_number": "报告编号",
    },
    online={
        "prior_degree.record_code": OfficialPage("学信网", "https://www.chsi.com.cn/xlcx/bgcx.jsp"),
        "prior_degree.report_number": OfficialPage("学信网", "https://www.chsi.com.cn/xlrz/index.jsp"),
    },
)
