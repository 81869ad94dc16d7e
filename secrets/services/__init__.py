"""Acts on projects, environments, secrets and grants: each checks, changes and records."""
