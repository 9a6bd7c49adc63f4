"""Addresses open to who is not signed in, or that ask for their own proof, each with its reason."""

PUBLIC: dict[str, str] = {
    "account_login": "signing in",
    "mfa_authenticate": "the second step of signing in, after the password",
    "mfa_login_webauthn": "signing in with a passkey",
    "account_logout": "the way out, also for somebody half signed in",
    "account_inactive": "leads a disabled account back to signing in",
    "forgotten": "asks for a link to set a new password",
    "new_password": "sets a new password; the link in the letter is the proof",
    "invitation_link": "takes the token of an invitation out of the address",
    "accept_invitation": "joins a clinic; the link in the letter is the proof",
}
