"""《毕业生登记表》: milliseconds a form, and 1,000 forms in one file.

    python tests/bench/bench_papers.py [forms]

The file is made in a process of its own, whose memory is told. Goal (issue text): 1,000 in one file under 60 s and 300 MB.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.adapters.documents.binding import PART, bind_papers
from app.adapters.documents.typeset import typeset
from app.services.graduation.papers import TEMPLATE

MADE = datetime(2026, 12, 28, tzinfo=UTC)
STATEMENT = "本人在自学考试期间遵守国家法律法规和考试纪律，学习态度端正，坚持利用业余时间系统学习各门课程。"
NAMES = (
    "中国近现代史纲要",
    "毛泽东思想和中国特色社会主义理论体系概论",
    "英语（专升本）",
    "中国古代文学史（一）",
    "美学",
)


def form(number: int) -> dict[str, Any]:
    """A form with 26 courses and 544 characters of 自我鉴定."""
    return {
        "kind": "register", "template": TEMPLATE, "heading": "毕业生登记表", "site": "考籍管理服务平台", "code": f"7K3M-9QXA-{number:04}",
        "verify": "https://kaoji.example/verify", "url": f"https://kaoji.example/verify/7K3M9QXA{number:04}", "photo": b"",
        "made-from": f"回执编号 BY26-0000-0000-{number:04}", "name": f"考生{number}", "sex": "女", "birth": "1995 年 3 月 2 日",
        "nation": "汉族", "politics": "群众", "id_label": "身份证号码", "id_number": f"31010119950302{number:04}",
        "ticket": f"{number:012}", "certificate": "", "major": "050101 汉语言文学", "level": "本科", "school": "华东某大学",
        "credits": "73（要求 73）", "occupation": "教师", "address": f"上海市黄浦区某路 {number} 号", "postcode": "200001",
        "phone": "13812345678", "prior": {"number": f"1033112018{number:08}", "when": "2018 年 6 月", "province": "江苏"},
        "statement": f"{number}。" + STATEMENT * 12, "thesis": "良好",
        "courses": [
            {"code": f"{3700 + n:05}", "name": NAMES[n % len(NAMES)], "mark": str(60 + (n + number) % 40), "credits": "5"}
            for n in range(26)
        ],
        "school_opinion": {"text": "审查合格，准予毕业。", "date": "2026 年 12 月 20 日"},
        "office_opinion": {"text": "经审查，考试成绩合格，准予毕业。", "date": "2026 年 12 月 28 日"},
        "remarks": ["该专业至少修满 73 学分方可毕业。"],
    }  # fmt: skip


def batch(count: int) -> None:
    """One file, its time, size and the memory of the process."""
    import resource

    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "forms.pdf"
        began, cpu = time.perf_counter(), time.process_time()
        groups = (
            [form(number) for number in range(start, min(start + PART, count))] for start in range(0, count, PART)
        )
        pages = bind_papers(groups, out, made=MADE)
        seconds, used = time.perf_counter() - began, time.process_time() - cpu
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        size = out.stat().st_size / 2**20
    print(
        f"{count} forms, {pages} pages in one file: {seconds:.1f} s ({used:.1f} s of processor), {size:.1f} MB, memory {most} MB"
    )


def main() -> None:
    if sys.argv[1:2] == ["--batch"]:
        batch(int(sys.argv[2]))
        return
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    began = time.perf_counter()
    typeset([form(0)], made=MADE)
    first = time.perf_counter() - began
    times = []
    for number in range(1, 31):
        began = time.perf_counter()
        typeset([form(number)], made=MADE)
        times.append(time.perf_counter() - began)
    print(
        f"one form: first {first * 1000:.0f} ms, then {sorted(times)[15] * 1000:.0f} ms (median), {1 / sorted(times)[15]:.0f} a second"
    )
    subprocess.run([sys.executable, __file__, "--batch", str(count)], check=True)


if __name__ == "__main__":
    main()
