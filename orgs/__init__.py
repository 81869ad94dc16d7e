"""Organizations: members, teams, roles and the one decision."""
