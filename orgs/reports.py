"""What makes a report of the product's hand: a MAC over its bytes, under a key that is not in the database. Pure.

    mac = HMAC-SHA256(key, "kv-offboarding-report-v1" 00 || org16 || u32be length || report)

``key`` is the instance's ``audit-mac`` key, whose id is kept beside the MAC; ``report`` is JSON in the canonical form
of RFC 8785. NOTE: stored; tests/orgs/test_handing_over.py holds a golden one.
"""

import hmac
from uuid import UUID

_CONTEXT = b"kv-offboarding-report-v1\0"


def report_mac(key: bytes, org_id: UUID, report: bytes) -> bytes:
    """32 bytes."""
    message = b"".join((_CONTEXT, org_id.bytes, len(report).to_bytes(4, "big"), report))
    return hmac.digest(key, message, "sha256")
