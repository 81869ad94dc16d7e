"""Settings → Single sign-on: connections, what claims make of people, domains, and the test of a connection."""
