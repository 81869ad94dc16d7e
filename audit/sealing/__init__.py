"""The sealer: puts committed events into Merkle logs and signs what it put there. It alone writes leaves."""
