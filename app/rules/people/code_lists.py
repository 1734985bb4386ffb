"""Code lists as (code, name) pairs, in display order."""

from __future__ import annotations

Code = tuple[str, str]


def _codes(text: str, suffix: str = "") -> tuple[Code, ...]:
    words = text.split()
    return tuple((code, name + suffix) for code, name in zip(words[::2], words[1::2], strict=True))


NATIONS: tuple[Code, ...] = (
    *_codes(
        "01 汉 02 蒙古 03 回 04 藏 05 维吾尔 06 苗 07 彝 08 壮 09 布依 10 朝鲜 11 满 12 侗 13 瑶 14 白 15 土家 16 哈尼"
        " 17 哈萨克 18 傣 19 黎 20 傈僳 21 佤 22 畲 23 高山 24 拉祜 25 水 26 东乡 27 纳西 28 景颇 29 柯尔克孜 30 土"
        " 31 达斡尔 32 仫佬 33 羌 34 布朗 35 撒拉 36 毛南 37 仡佬 38 锡伯 39 阿昌 40 普米 41 塔吉克 42 怒 43 乌孜别克"
        " 44 俄罗斯 45 鄂温克 46 德昂 47 保安 48 裕固 49 京 50 塔塔尔 51 独龙 52 鄂伦春 53 赫哲 54 门巴 55 珞巴 56 基诺",
        "族",
    ),
    ("97", "其他"),
    ("98", "外国血统中国籍人士"),
)
"""民族, GB/T 3304."""

POLITICAL_STATUSES: tuple[Code, ...] = _codes(
    "01 中共党员 02 中共预备党员 03 共青团员 04 民革党员 05 民盟盟员 06 民建会员 07 民进会员 08 农工党党员 09 致公党党员"
    " 10 九三学社社员 11 台盟盟员 12 无党派人士 13 群众"
)
"""政治面貌, GB/T 4762."""

PROVINCES: tuple[Code, ...] = (
    *_codes(
        "11 北京 12 天津 13 河北 14 山西 15 内蒙古 21 辽宁 22 吉林 23 黑龙江 31 上海 32 江苏 33 浙江 34 安徽 35 福建"
        " 36 江西 37 山东 41 河南 42 湖北 43 湖南 44 广东 45 广西 46 海南 50 重庆 51 四川 52 贵州 53 云南 54 西藏"
        " 61 陕西 62 甘肃 63 青海 64 宁夏 65 新疆 71 台湾 81 香港 82 澳门"
    ),
    ("99", "其他（军队院校等）"),
)
"""省份, GB/T 2260, and 其他 for military academies."""


def name_of(codes: tuple[Code, ...], code: str) -> str:
    """Return the name of a code; an unknown code unchanged."""
    return dict(codes).get(code, code)


def code_of(codes: tuple[Code, ...], text: str) -> str | None:
    """Return the code for a roster's code (1 for 01 too), name, or 民族 without 族; else None."""
    text = text.strip()
    for code, name in codes:
        if text in (code, name, name.removesuffix("族")) or (
            text.isascii() and text.isdigit() and text.zfill(2) == code
        ):
            return code
    return None
