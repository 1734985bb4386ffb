"""config.toml as somebody wrote it; what cannot be read is told so that its writer can put it right."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from app.config.refusal import BadConfig

PLACE = re.compile(r"at line (\d+)")
"""The parser says the place in its words only."""


def read(path: Path) -> dict[str, Any]:
    """Return what the file sets. Raises BadConfig."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise BadConfig(f"打不开 {path}（请检查它是不是文件，权限是否属于运行程序的用户）") from error
    except UnicodeDecodeError as error:
        raise BadConfig(f"读不懂 {path}：不是 UTF-8 编码的文字（请用记事本打开，另存为，编码选 UTF-8）") from error
    except tomllib.TOMLDecodeError as error:
        found = PLACE.search(str(error))
        where = f"第 {found[1]} 行" if found else "末尾"
        raise BadConfig(
            f'读不懂 {path}：{where}写得不对（每行应是 名字 = 值，文字加英文引号，例如 host = "127.0.0.1"）'
        ) from error
