"""Under what conditions a right holds. Each code of `permissions.csv` stands here once, in words.

A check decides: it asks one row, and says which rows of a list pass. A duty binds who uses the right: what the page
must leave out, or what the action must do beside; it never refuses, and its words are what the handbook says.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, Q

from kap_clinic.accounts import scopes
from kap_clinic.accounts.models import ClinicSetting
from kap_clinic.accounts.resources import author_id, resource_of, subject_id
from kap_clinic.accounts.scopes import NONE, Asked, has_field, is_own_resource


def _everything(asked: Asked, model: type[Model]) -> Q:
    return Q()


@dataclass(frozen=True)
class Condition:
    words: str
    holds: Callable[[Asked, Any], bool] | None = None  # None: a duty
    rows: Callable[[Asked, type[Model]], Q] = _everything


def _on_team(asked: Asked, thing: Any) -> bool:
    return scopes.on_team(asked.member, thing)


def _on_team_rows(asked: Asked, model: type[Model]) -> Q:
    return scopes.team_now_rows(asked.member, model)


def _not_on_team(asked: Asked, thing: Any) -> bool:
    return not scopes.on_team(asked.member, thing)


def _not_on_team_rows(asked: Asked, model: type[Model]) -> Q:
    return ~_on_team_rows(asked, model)


def _in_care(asked: Asked, thing: Any) -> bool:
    return scopes.in_care(asked.member, thing)


def _in_care_rows(asked: Asked, model: type[Model]) -> Q:
    return scopes.team_now_rows(asked.member, model) | scopes.team_lately_rows(asked.member, model)


def _not_own(asked: Asked, thing: Any) -> bool:
    return not is_own_resource(asked, thing) or author_id(thing) != asked.member.user_id


def _not_own_rows(asked: Asked, model: type[Model]) -> Q:
    resource = resource_of(model)
    own = resource.name == asked.permission.resource and resource.author
    return ~Q(**{resource.author: asked.member.user_id}) if own else Q()


def _not_oneself(asked: Asked, thing: Any) -> bool:
    return subject_id(thing) != asked.member.user_id


def _not_oneself_rows(asked: Asked, model: type[Model]) -> Q:
    return ~Q(user_id=asked.member.user_id) if has_field(model, "user") else Q()


def _signed(asked: Asked, thing: Any) -> bool:
    return not is_own_resource(asked, thing) or thing.signed_at is not None


def _signed_rows(asked: Asked, model: type[Model]) -> Q:
    return Q(signed_at__isnull=False) if resource_of(model).name == asked.permission.resource else Q()


def _not_boundary(asked: Asked, thing: Any) -> bool:
    return not getattr(thing, "is_boundary_concern", False)


def _not_boundary_rows(asked: Asked, model: type[Model]) -> Q:
    return Q(is_boundary_concern=False) if has_field(model, "is_boundary_concern") else Q()


def _shared(asked: Asked, thing: Any) -> bool:
    return bool(getattr(thing, "is_shared_with", lambda user_id: False)(asked.member.user_id))


def _shared_rows(asked: Asked, model: type[Model]) -> Q:
    return Q(shared_with=asked.member.user_id) if has_field(model, "shared_with") else NONE


def _delegated(asked: Asked, thing: Any) -> bool:
    newest = ClinicSetting.objects.filter(clinic_id=asked.member.clinic_id, key="nurse_may_discharge").order_by("-id")
    return newest.values_list("value", flat=True).first() is True


def _delegated_rows(asked: Asked, model: type[Model]) -> Q:
    return Q() if _delegated(asked, None) else NONE


CONDITIONS: dict[str, Condition] = {
    # Checks
    "on_team": Condition("while on the patient's care team", _on_team, _on_team_rows),
    "in_care": Condition("on the care team, or within 30 days of leaving it", _in_care, _in_care_rows),
    "not_on_team": Condition("where they are not on the care team", _not_on_team, _not_on_team_rows),
    "not_treating": Condition("never on a patient they treat", _not_on_team, _not_on_team_rows),
    "not_own": Condition("never on what they wrote themselves", _not_own, _not_own_rows),
    "not_oneself": Condition("never about themselves", _not_oneself, _not_oneself_rows),
    "signed_note": Condition("signed notes only", _signed, _signed_rows),
    "not_boundary": Condition("not a boundary concern", _not_boundary, _not_boundary_rows),
    "shared_by_author": Condition("where the author shares it", _shared, _shared_rows),
    "if_delegated": Condition("if the clinic delegates it to nurses", _delegated, _delegated_rows),
    # Duties: what the page leaves out
    "listed_fields": Condition("only the fields of the field table"),
    "first_name_only": Condition("first name only"),
    "contact_fields": Condition("contact fields only"),
    "names_only": Condition("names only"),
    "came_or_not": Condition("as came or did not come"),
    "counts_only": Condition("counts only"),
    "busy_only": Condition("as busy or free"),
    "neutral_names": Condition("with neutral visit names"),
    "time_and_place": Condition("time and place only"),
    "operations_only": Condition("operational reports with neutral visit names"),
    "day_list": Condition("the list of the day"),
    "opening_hours": Condition("opening hours only"),
    "stage_only": Condition("the stage only"),
    "just_signed": Condition("the text to sign and the copy just signed"),
    "own_profile": Condition("their own profile"),
    # Duties: what the action does beside, or what it is limited to
    "joins_team": Condition("who does it joins the care team"),
    "second_person": Condition("a second person agrees before it happens"),
    "second_person_for_oneself": Condition("adding oneself needs a second person"),
    "as_reported": Condition("as reported by the patient"),
    "as_correction": Condition("as a correction"),
    "as_ordered": Condition("as ordered"),
    "in_a_form": Condition("in a form sent to them"),
    "if_asked": Condition("if asked for it"),
    "send_or_scan": Condition("by sending or scanning"),
    "from_a_dose": Condition("from a dose"),
    "own_wish": Condition("by their own wish"),
}
