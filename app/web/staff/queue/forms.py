"""Posted forms of the queue. Filters come by POST (a number must appear in no address) and continue in the address."""

from __future__ import annotations

from app.web.staff.queue.filters import Filters
from app.wizard.forms import Form, Line, Many, Text, Token


class FindForm(Form):
    """One field per filter (queue.filters.Filters)."""

    state = Text("状态")
    service = Text("业务")
    school = Text("主考学校")
    major = Text("专业")
    window = Text("办理时间")
    level = Text("层次")
    flag = Many("标记")
    match = Text("标记怎样算")
    age = Text("等待")
    who = Text("分配")
    person = Text()
    q = Text("查找")
    order = Text("排序")
    since = Text("从")
    until = Text("到")
    group = Text()
    reviewed = Text()
    reason = Text()

    def filters(self) -> Filters:
        return Filters.read(self.values() | {"flag": ",".join(self.flag.data)})


class SavedForm(Form):
    """Saves filters under a name, or deletes them (`drop`)."""

    query = Text()
    name = Line("名称")
    drop = Text()
    form_token = Token()


class BulkForm(Form):
    """An act on the ticked files, or on `all` under the filters."""

    act = Text()
    pick = Many()
    all = Text()
    to = Many()
    again = Text()
    undo = Text()
    form_token = Token()


class UndoForm(Form):
    """Decisions to undo: one file or a batch. `stay`: the batch page to return to."""

    batch = Text()
    undo = Text()
    stay = Text()
    form_token = Token()
