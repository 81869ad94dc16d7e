"""Acts that cross rooms: each is one function, told from top to bottom."""
