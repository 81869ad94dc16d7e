"""Acts on what the gateway serves: each checks, changes and records."""
