"""The words of accounts: roles and audit events."""

from django.db.models import TextChoices


class Role(TextChoices):
    THERAPIST = "therapist", "Therapist"
    PRESCRIBER = "prescriber", "Prescriber"
    NURSE = "nurse", "Nurse"
    MEDICAL_DIRECTOR = "medical_director", "Medical director"
    ADMIN = "admin", "Admin"
    FRONT_DESK = "front_desk", "Front desk"
    AUDITOR = "auditor", "Auditor"
    SAFETY_OFFICER = "safety_officer", "Safety officer"


class Event(TextChoices):
    CLINIC_OPENED = "clinic.opened", "opened the clinic"
    MEMBER_JOINED = "member.joined", "joined the clinic"
    SIGNED_IN = "signed.in", "signed in"
    SIGN_IN_FAILED = "sign_in.failed", "failed to sign in"
    SIGN_IN_THROTTLED = "sign_in.throttled", "was refused for too many tries"
    SIGNED_OUT = "signed.out", "signed out"
    CLINIC_CHOSEN = "clinic.chosen", "went on at this clinic"
    CONFIRMED = "identity.confirmed", "proved again who they are"
    SCREEN_LOCKED = "screen.locked", "locked the screen"
    SCREEN_UNLOCKED = "screen.unlocked", "unlocked the screen"
    SESSION_ENDED = "session.ended", "ended a session"
    FACTOR_ADDED = "factor.added", "added a second factor"
    FACTOR_REMOVED = "factor.removed", "removed a second factor"
    RECOVERY_CODES_MADE = "recovery_codes.made", "made new recovery codes"
    RECOVERY_CODE_USED = "recovery_code.used", "used a recovery code"
    PASSWORD_CHANGED = "password.changed", "changed their password"
    PASSWORD_RESET_ASKED = "password_reset.asked", "asked for a link to set a new password"
    OWN_ACCOUNT_CHANGED = "own_account.changed", "changed how pages look to them"
    MEMBER_INVITED = "member.invited", "invited somebody to the clinic"
    INVITATION_OPENED = "invitation.opened", "opened an invitation"
    INVITATION_REVOKED = "invitation.revoked", "took back an invitation"
    ACCOUNT_OPENED = "account.opened", "opened their own account"
    SETTINGS_OPENED = "settings.opened", "opened the clinic's settings"
    STAFF_OPENED = "staff.opened", "opened the list of staff"
    SETTING_CHANGED = "setting.changed", "changed a setting"
    ROOM_CHANGED = "room.changed", "changed a room"
    PAGE_DENIED = "page.denied", "was refused a page"
