"""What a view behind the sign-in is asked with."""

from django.http import HttpRequest

from kap_clinic.accounts.membership import Member
from kap_clinic.accounts.models import User


class StaffRequest(HttpRequest):
    """A request of somebody who is signed in and works at a clinic: what `requires` lets through. For types only."""

    user: User
    member: Member
