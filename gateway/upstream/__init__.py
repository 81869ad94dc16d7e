"""The way out to providers: a small HTTP/1.1 client of our own, and another one behind the same three methods."""
