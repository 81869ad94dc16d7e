"""Organization, members, teams and the explained decision in the API."""
