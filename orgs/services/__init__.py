"""Acts on organizations, members and teams: each checks, changes and records."""
