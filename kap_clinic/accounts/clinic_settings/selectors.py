"""Which value of a setting holds, and which held before."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator

from kap_clinic.accounts import setting_keys
from kap_clinic.accounts.models import ClinicSetting, Membership
from kap_clinic.accounts.setting_keys import Key
from kap_clinic.accounts.terms import Role
from kap_clinic.reads import Read, compiled

LONG_LIVED = (Authenticator.Type.WEBAUTHN, Authenticator.Type.TOTP)


def value_of(name: str, clinic_id: int | None) -> Any:
    """What a clinic has set, else the default. Without a clinic, the default. KeyError: nobody declared the name."""
    key = setting_keys.known(name)
    if clinic_id is None:
        return key.default
    rows = ClinicSetting.objects.filter(clinic_id=clinic_id, key=name).order_by("-id").values_list("value")
    row = rows.first()
    return key.from_json(row[0]) if row else key.default


def values_of(names: Iterable[str], clinic_id: int) -> dict[str, Any]:
    """The same for several, in one query."""
    names = list(names)
    return values_in(values_read(names, clinic_id).now(), names)


def values_read(names: Iterable[str], clinic_id: int) -> Read:
    """What `values_in` needs, to be read together with other things."""
    return _newest(clinic_id, names=tuple(setting_keys.known(name).name for name in names))


@compiled
def _newest(clinic: int, *, names: tuple[str, ...]) -> Read:
    newest = ClinicSetting.objects.filter(clinic=clinic, key__in=names)
    return Read(newest.order_by("key", "-id").distinct("key"), ("key", "value"))


def values_in(rows: Iterable[tuple[str, Any]], names: Iterable[str]) -> dict[str, Any]:
    """Each setting's value from rows that were read, else its default."""
    found, keys = dict(rows), [setting_keys.known(name) for name in names]
    return {key.name: key.from_json(found[key.name]) if key.name in found else key.default for key in keys}


@dataclass(frozen=True)
class Held:
    """A key with the version that holds, or none while the default does."""

    key: Key
    value: Any
    version: ClinicSetting | None

    @property
    def words(self) -> str:
        return self.key.in_words(self.value)


def topic(name: str, clinic_id: int) -> list[Held]:
    """What stands on a settings page."""
    keys = setting_keys.of_topic(name)
    newest = ClinicSetting.objects.filter(clinic_id=clinic_id, key__in=[key.name for key in keys])
    found = {row.key: row for row in newest.order_by("key", "-id").distinct("key").select_related("set_by")}
    return [_held(key, found.get(key.name)) for key in keys]


def versions(key: Key, clinic_id: int) -> list[Held]:
    """Every version of a setting, newest first; the default is the first there was."""
    rows = ClinicSetting.objects.filter(clinic_id=clinic_id, key=key.name).order_by("-id").select_related("set_by")
    return [_held(key, row) for row in rows] + [_held(key, None)]


def _held(key: Key, row: ClinicSetting | None) -> Held:
    return Held(key, key.from_json(row.value) if row else key.default, row)


@dataclass(frozen=True)
class Person:
    """Somebody who works at the clinic."""

    membership: Membership
    roles: str
    has_factor: bool


def staff(clinic_id: int) -> list[Person]:
    """Everybody who works here now, by name."""
    rows = Membership.objects.filter(clinic_id=clinic_id, ended_at=None).select_related("user").order_by("user__name")
    users = [row.user_id for row in rows]
    having = set(
        Authenticator.objects.filter(user__in=users, type__in=LONG_LIVED).values_list("user_id", flat=True).distinct()
    )
    return [Person(row, ", ".join(Role(role).label for role in row.roles), row.user_id in having) for row in rows]
