"""The four ways to look at the schedule: a day by rooms, a week, one room over a week, a list."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse

from kap_clinic.accounts.clinic_settings.selectors import value_of
from kap_clinic.accounts.membership import Member
from kap_clinic.accounts.models import Room
from kap_clinic.accounts.setting_keys import DAYS
from patients.record.rules import in_words
from sessions.visits.models import Appointment
from sessions.visits.selectors.days import between, day_span
from sessions.visits.selectors.grid import Column, Grid, Hours, clock, lanes, now_line, placed
from sessions.visits.selectors.sight import Shown, all_shown
from sessions.visits.terms import VisitState

LISTED = 50  # rows of a list, ux 16
LIST_DAYS = 14
NO_ROOM = "By video or phone"


@dataclass(frozen=True)
class Asked:
    """What somebody wants to see. `room` only for the view of one room; `mine`: only visits the person is in."""

    member: Member
    on: date
    now: datetime
    mine: bool = False
    room: Room | None = None

    @property
    def today(self) -> date:
        return self.now.astimezone(ZoneInfo(self.member.zone)).date()

    @property
    def monday(self) -> date:
        return self.on - timedelta(days=self.on.weekday())

    @property
    def opening(self) -> list[str]:
        """Every hour at which the clinic opens or closes in a week."""
        hours = value_of("hours", self.member.clinic_id)
        return [clock for day in DAYS for span in hours.get(day) or [] for clock in _rounded(span)]


def _rounded(span: list[str]) -> list[str]:
    """A span of opening hours, its end rounded up to the hour."""
    end = span[1] if span[1].endswith(":00") else f"{min(int(span[1][:2]) + 1, 24):02d}:00"
    return [span[0], end]


def visits(asked: Asked, first: date, days: int, **more: Any) -> list[Shown]:
    """What begins on these days and is not cancelled, as this person may see it."""
    rows = between(asked.member.clinic_id, *day_span(first, asked.member.zone, days)).filter(**more)
    rows = rows.exclude(state=VisitState.CANCELLED)
    if asked.mine:
        rows = rows.filter(pk__in=_mine(asked))
    return all_shown(rows, asked.member)


def _mine(asked: Asked) -> Any:
    mine = Appointment.objects.filter(staff__user=asked.member.user_id, staff__left_at=None)
    return mine.values("pk")


def rooms_of(clinic_id: int) -> list[Room]:
    """The open rooms, by name."""
    return list(Room.objects.filter(clinic_id=clinic_id, closed_at=None).order_by("name"))


def day_grid(asked: Asked, rooms: list[Room], *, may_book: bool) -> Grid:
    """Columns of the open rooms, then as many as visits without a room need."""
    blocks = visits(asked, asked.on, 1)
    zone, hours = asked.member.zone, Hours.of(blocks, asked.member.zone, asked.opening)
    blocks = [placed(block, hours, zone) for block in blocks]
    line = now_line(asked.on, hours, zone, asked.now)
    held = {block.room_id for block in blocks if block.room_id}
    closed = Room.objects.filter(pk__in=held - {room.pk for room in rooms}).order_by("name")
    columns = [
        Column(room.name, [b for b in blocks if b.room_id == room.pk], link=_book(room, asked, may_book), now=line)
        for room in [*rooms, *closed]
    ]
    columns += [Column(NO_ROOM, lane, now=line) for lane in lanes([b for b in blocks if b.room_id is None])]
    return Grid(clock(asked.on, hours, zone), columns)


def _book(room: Room, asked: Asked, may_book: bool) -> str:
    if not may_book or room.closed_at or asked.on < asked.today:
        return ""
    return f"{reverse('desk:book_for_whom')}?room={room.ref}&on={asked.on}"


def room_grid(asked: Asked) -> Grid:
    """One room over a week."""
    blocks = visits(asked, asked.monday, 7, room=asked.room)
    zone, hours = asked.member.zone, Hours.of(blocks, asked.member.zone, asked.opening)
    blocks = [placed(block, hours, zone) for block in blocks]
    columns = [
        Column(
            f"{each:%a} {each.day} {each:%b}",
            [block for block in blocks if block.on == each],
            is_today=each == asked.today,
            now=now_line(each, hours, zone, asked.now),
        )
        for each in week(asked)
    ]
    return Grid(clock(asked.monday, hours, zone), columns)


def week(asked: Asked) -> list[date]:
    return [asked.monday + timedelta(days=i) for i in range(7)]


def week_columns(asked: Asked) -> list[Column]:
    """Seven days, the visits of each in order; from four on the phone one under the other."""
    blocks = visits(asked, asked.monday, 7)
    return [
        Column(
            f"{each:%a} {each.day} {each:%b}",
            [block for block in blocks if block.on == each],
            link=f"{reverse('visits:schedule')}?view=day&on={each}",
            is_today=each == asked.today,
        )
        for each in week(asked)
    ]


@dataclass(frozen=True)
class Listed:
    """Days with their visits, at most 50 visits; `more` is the day to go on with."""

    days: list[tuple[str, list[Shown]]]
    more: date | None


def listed(asked: Asked) -> Listed:
    rows = visits(asked, asked.on, LIST_DAYS)
    cut = None
    if len(rows) > LISTED:  # a day is shown whole, or is the only one
        cut = max(rows[LISTED].on, asked.on + timedelta(days=1), rows[0].on + timedelta(days=1))
    kept = [row for row in rows if cut is None or row.on < cut]
    days = [(in_words(day), list(found)) for day, found in groupby(kept, key=lambda row: row.on)]
    return Listed(days, cut if len(kept) < len(rows) else None)
