"""The key ring: root keys held by the process, data keys in the database, and the envelopes sealed under them."""
