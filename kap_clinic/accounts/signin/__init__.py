"""How somebody gets in: password, second factor, passkeys, and proving again that it is them."""
