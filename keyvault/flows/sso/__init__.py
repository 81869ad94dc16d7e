"""Single sign-on: from an address to the organization's provider, and from what it says to a session."""
