"""Posted forms of the queue. Filters come by POST (a number must appear in no address) and continue in the address."""

from __future__ import annotations

from app.web.staff.queue.filters import Filters
from app.wizard.forms import Choice, Form, Line, Many, Text, Token


class FindForm(Form):
    """One field per filter (queue.filters.Filters)."""

    state = Choice("状态")
    service = Choice("业务")
    school = Choice("主考学校")
    major = Choice("专业")
    window = Choice("办理时间")
    level = Choice("层次")
    flag = Many("标记")
    match = Choice("标记怎样算")
    age = Choice("等待")
    who = Choice("分配")
    person = Choice()
    q = Text("查找")
    order = Choice("排序")
    since = Text("从")
    until = Text("到")
    group = Choice()
    reviewed = Choice()
    reason = Text()
    then = Choice()  # where 筛选 leads: a list to export, or the next file

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
