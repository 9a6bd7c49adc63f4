"""Clinics, people and the rows that belong to one clinic."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac
from uuid_utils.compat import uuid7

from kap_clinic.accounts.terms import Role

THEMES = [("auto", "Auto"), ("light", "Light"), ("dark", "Dark")]
TEXT_SIZES = [("s", "Small"), ("m", "Medium"), ("l", "Large")]


class Clinic(models.Model):
    """A clinic. What may change about it lives in its versioned settings."""

    ref = models.UUIDField(default=uuid7, unique=True, editable=False)
    name = models.CharField(max_length=120)
    zone = models.CharField(max_length=60, default="America/New_York")  # IANA name
    is_demo = models.BooleanField(default=False)
    opened_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save()
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser):
    """One person's account: unique, named, never shared (SEC-24). Rights come from memberships, never from here."""

    ref = models.UUIDField(default=uuid7, unique=True, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, help_text="As it is printed, like Dr N. Okafor")
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(default=timezone.now, editable=False)
    session_era = models.PositiveIntegerField(default=0, editable=False)  # raised, every session of the person ends
    theme = models.CharField(max_length=5, default="auto", choices=THEMES)
    text_size = models.CharField(max_length=1, default="m", choices=TEXT_SIZES)
    clock_12h = models.BooleanField(default=False)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session must carry to be this person's: gone with a new password or a new era (SEC-23)."""
        return salted_hmac(
            "accounts.session", f"{self.password}|{self.session_era}", secret, algorithm="sha256"
        ).hexdigest()

    @property
    def initials(self) -> str:
        words = [word for word in self.name.replace(".", " ").split() if word not in {"Dr", "Mr", "Ms", "Mx"}]
        return "".join(word[0] for word in words[:1] + words[1:][-1:]).upper()


class ClinicRow(models.Model):
    """What every row that belongs to a clinic stands on. Its table has the wall (see `kap_clinic.wall`)."""

    ref = models.UUIDField(default=uuid7, unique=True, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+", editable=False)

    class Meta:
        abstract = True


class Membership(ClinicRow):
    """A person's place in a clinic. Ended, never deleted; roles are read from here at every request (SEC-13)."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    roles = ArrayField(models.CharField(max_length=40, choices=Role.choices))
    joined_at = models.DateTimeField(default=timezone.now, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "user"], condition=models.Q(ended_at=None), name="one_live_membership"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} at {self.clinic}"


class Room(ClinicRow):
    """A place where visits happen."""

    name = models.CharField(max_length=60)
    is_dosing_room = models.BooleanField(default=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clinic", "name"], name="one_room_of_a_name")]

    def __str__(self) -> str:
        return self.name


class ClinicSetting(ClinicRow):
    """One version of one setting: who set it and when. The newest row of a key holds (append-only)."""

    key = models.CharField(max_length=60)
    value = models.JSONField()
    set_at = models.DateTimeField(default=timezone.now, editable=False)
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")  # null: set at opening
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["clinic", "key", "-id"], name="newest_setting_first")]

    def __str__(self) -> str:
        return f"{self.key} set {self.set_at:%Y-%m-%d}"


class IdempotencyKey(ClinicRow):
    """What was posted once: the same again answers as before, other content under the same key is refused (REL-03)."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    key = models.UUIDField()
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    location = models.CharField(max_length=300, blank=True)
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clinic", "user", "key"], name="one_answer_a_key")]

    def __str__(self) -> str:
        return str(self.key)


class Heartbeat(models.Model):
    """When a background process last said it was alive (REL-08). Belongs to no clinic."""

    name = models.CharField(max_length=40, unique=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.at:%H:%M:%S}"


# Rows of single rooms of this app; Django looks for models here.
from kap_clinic.accounts.drafts.models import Draft as Draft  # noqa: E402
from kap_clinic.accounts.grants.models import ReadingGrant as ReadingGrant  # noqa: E402
from kap_clinic.accounts.grants.models import Supervision as Supervision  # noqa: E402
from kap_clinic.accounts.invitations.models import Invitation as Invitation  # noqa: E402
from kap_clinic.accounts.lock.models import HeldPost as HeldPost  # noqa: E402
from kap_clinic.accounts.proposals.models import Proposal as Proposal  # noqa: E402
from kap_clinic.accounts.signin.models import Attempt as Attempt  # noqa: E402
from kap_clinic.accounts.signin.models import KnownDevice as KnownDevice  # noqa: E402
