"""Pages about the people of an organization: a part of the roof."""
