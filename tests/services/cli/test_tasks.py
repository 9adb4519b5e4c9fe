"""`bilum task`: listed without numbers, shown with them, ended and opened again."""

from __future__ import annotations

from sqlalchemy import select

from services.storage.models import Access, Task
from tests.factories import FARMER
from tests.services.cli.test_inbox import phones

__all__ = ["phones"]


def number_in(phones):
    with phones.database.read() as session:
        return session.scalars(select(Task.number).order_by(Task.id.desc())).first()


def test_task__of_an_alarm__is_listed_shown_noted_ended_and_opened_again(bilum, phones):
    phones.say("SICK 3 pigs fever")
    number = number_in(phones)
    listed = bilum("task", "list").out
    assert number in listed
    assert "sick pigs" in listed
    assert FARMER not in listed
    assert FARMER in bilum("task", "show", number).out
    assert bilum("task", "note", number, "I", "called").out == f"The note is with task {number}\n"
    ended = bilum("task", "done", number, "healthy", "--outcome", "mistaken")
    assert ended.out == f"Task {number} has ended: mistaken\n"
    assert number not in bilum("task", "list").out
    assert bilum("task", "done", number).err.endswith("(task_ended)\n")
    assert bilum("task", "open", number).out == f"Task {number} is open again\n"
    shown = bilum("task", "show", number).out
    assert "I called" in shown
    assert "reopened" in shown
    with phones.database.read() as session:
        assert set(session.scalars(select(Access.what))) == {"bilum task show"}


def test_task__counts__are_by_service_kind_and_province(bilum, phones):
    phones.say("SICK 3 pigs fever")
    shown = bilum("task", "list", "--counts", "--service", "livestock", "--kind", "alarm").out
    assert "livestock" in shown
    assert bilum("task", "show", "1006").err.startswith("bilum: No task of yours has the number")
