"""Single sign-on as the organization sees it: a provider's configuration, and what claims make of a person."""
