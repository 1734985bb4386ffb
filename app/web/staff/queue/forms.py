"""The posted forms of this room. The filters come by POST (a number belongs in no address) and go on in the address."""

from __future__ import annotations

from app.web.staff.queue.filters import Filters
from app.wizard.forms import Form, Line, Many, Text


class FindForm(Form):
    """One field a filter (queue.filters.Filters)."""

    state = Text("状态")
    service = Text("业务")
    school = Text("主考学校")
    major = Text("专业")
    window = Text("办理时间")
    level = Text("层次")
    flag = Many("标记")
    age = Text("等待")
    who = Text("分配")
    person = Text()
    q = Text("查找")
    order = Text("排序")

    def filters(self) -> Filters:
        return Filters.read(self.values() | {"flag": ",".join(self.flag.data)})


class SavedForm(Form):
    """A group of filters to be kept under a name, or (`drop`) forgotten."""

    query = Text()
    name = Line("名称")
    drop = Text()


class BulkForm(Form):
    """What is to happen to the files that are ticked, or (`all`) to all that the filters find."""

    act = Text()
    pick = Many()
    all = Text()
    to = Many()
    again = Text()
    undo = Text()


class UndoForm(Form):
    """Decisions to be taken back: of one file, or of a batch. stay: the batch's page to come back to."""

    batch = Text()
    undo = Text()
    stay = Text()
