"""What the operating system refuses, in Chinese: the one place where its own words are read (tests/cli/test_chinese.py)."""

from __future__ import annotations

import errno

OS_FAULTS = {
    errno.ENOENT: "文件或文件夹不存在",
    errno.EEXIST: "这个位置上已有同名的文件",
    errno.ENOTDIR: "路径中有一段是文件，不是文件夹",
    errno.EISDIR: "这是文件夹，不是文件",
    errno.EACCES: "没有权限，或文件正被别的程序占用",
    errno.EPERM: "没有权限",
    errno.EROFS: "磁盘是只读的",
    errno.ENOSPC: "磁盘已满，请腾出空间再试",
    errno.EIO: "磁盘读写出错，请检查磁盘是否损坏、是否接好",
    errno.ECONNREFUSED: "连接被拒绝",
    errno.ETIMEDOUT: "连接超时",
}


def os_words(error: OSError) -> str:
    """Return e.g. 文件或文件夹不存在, for who names the place otherwise."""
    return OS_FAULTS.get(error.errno or 0, error.strerror or str(error))
