"""The two ways in which bytes are framed: the magic of stored formats and length-prefixed fields."""

MAGIC = b"KV\x01"


def length_prefixed(*fields: bytes) -> bytes:
    """``u32be length || field`` for each, so that no two lists of fields give the same bytes."""
    return b"".join(len(field).to_bytes(4, "big") + field for field in fields)
