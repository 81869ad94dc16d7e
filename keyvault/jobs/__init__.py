"""Work that outlives its request: a row written with the change that causes it (docs/adr/0005-work-is-a-row.md)."""
