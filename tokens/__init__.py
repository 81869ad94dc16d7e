"""Access tokens and the service identities that own them."""
