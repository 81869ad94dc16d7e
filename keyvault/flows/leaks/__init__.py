"""The leak desk: what was pasted, reported or found by a scanner is known by its digest, and never kept."""
