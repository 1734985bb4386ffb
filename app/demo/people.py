"""Invented people: random names, ID numbers of a nonexistent area (999…), phones 1990000…"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from random import Random

from app.rules.people.identity import check_digit

SURNAMES = "林陈王李张刘周吴徐孙胡朱高何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段章钱汤尹黎易常武乔贺赖龚文"
GIVEN = [
    "晓雯",
    "志强",
    "子涵",
    "雨欣",
    "建国",
    "思远",
    "佳怡",
    "明轩",
    "丽娟",
    "浩然",
    "梦琪",
    "文博",
    "秀英",
    "俊杰",
    "雅婷",
    "天宇",
    "诗涵",
    "海燕",
    "一鸣",
    "静怡",
    "泽宇",
    "春梅",
    "嘉豪",
    "若曦",
    "立新",
    "芳",
    "磊",
    "婷",
    "敏",
    "洋",
    "杰",
    "倩",
    "鑫",
    "琳",
    "涛",
    "蕾",
    "超",
    "莹",
    "斌",
    "颖",
    "鹏",
    "瑶",
    "辉",
    "玲",
    "勇",
    "晨曦",
    "宇航",
    "欣然",
    "景行",
    "书瑶",
    "启明",
    "安琪",
    "慕云",
    "知行",
    "乐之",
    "亦凡",
    "清扬",
    "怀瑾",
]
AREAS = ("999101", "999104", "999105", "999106", "999110", "999112", "999115", "999117")
ROADS = ["长宁路", "漕溪路", "四平路", "共和新路", "杨树浦路", "沪太路", "张杨路", "虹桥路", "曲阳路", "龙华路"]
NATIONS = ("汉族",) * 30 + ("回族", "满族", "壮族", "苗族", "土家族", "蒙古族")
STATUSES = ("群众",) * 6 + ("共青团员",) * 3 + ("中共党员",)
JOBS = (
    "",
    "",
    "行政助理",
    "销售专员",
    "会计",
    "仓库管理员",
    "幼儿园教师",
    "软件测试员",
    "护理员",
    "个体经营者",
    "客服专员",
    "物流调度员",
)


@dataclass(slots=True)
class Person:
    """One invented examinee. `tickets`: 准考证号."""

    name: str
    id_number: str
    sex: str
    birth_date: date
    nation: str
    political_status: str
    phone: str
    address: str
    postcode: str
    occupation: str
    registered_on: date
    tickets: list[str] = field(default_factory=list)
    id: int = 0
    ticket_id: int = 0


class Crowd:
    """Generates distinct people, by seed."""

    def __init__(self, rng: Random, this_year: int) -> None:
        self.rng = rng
        self.this_year = this_year
        self.made = 0

    def person(self) -> Person:
        rng, number = self.rng, self.made
        self.made += 1
        born = date(rng.randint(1978, 2003), rng.randint(1, 12), rng.randint(1, 28))
        woman = rng.random() < 0.6
        body = f"{rng.choice(AREAS)}{born:%Y%m%d}{number // 5 % 100:02}{number % 5 * 2 + (0 if woman else 1)}"
        registered = date(self.this_year - rng.randint(2, 6), rng.choice((3, 9)), rng.randint(1, 28))
        return Person(
            name=rng.choice(SURNAMES) + rng.choice(GIVEN),
            id_number=body + check_digit(body),
            sex="女" if woman else "男",
            birth_date=born,
            nation=rng.choice(NATIONS),
            political_status=rng.choice(STATUSES),
            phone=f"1990000{number:04}",
            address=f"上海市某区{rng.choice(ROADS)} {rng.randint(1, 999)} 弄 {rng.randint(1, 60)} 号 {rng.randint(101, 1806)} 室",
            postcode=f"2000{rng.randint(10, 99)}",
            occupation=rng.choice(JOBS),
            registered_on=registered,
            tickets=[self.ticket(registered)],
        )

    def ticket(self, registered: date) -> str:
        """Return a new ticket number of twelve digits."""
        self.tickets = getattr(self, "tickets", 0) + 1
        return f"0101{registered:%y}{1 if registered.month < 7 else 2}{self.tickets:05}"
