"""Addresses open to who is not signed in, each with its reason. All others declare a permission with `requires`."""

PUBLIC: dict[str, str] = {
    "account_login": "the way in",
    "mfa_authenticate": "the second step of the way in, after the password",
    "mfa_login_webauthn": "the way in by passkey",
    "account_logout": "the way out, also for a session that has ended",
    "account_inactive": "says that the account is closed",
    "forgotten": "asks for a link to set a new password",
    "new_password": "opened by that link",
    "accept_invitation": "opened by the link of an invitation",
    "invitation_link": "takes that link out of the address",
    "web:styles": "shows how pages look, with made-up words",
    "web:styles_part": "the same, in part",
}
