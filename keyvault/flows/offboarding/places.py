"""A place in words, for a report that people read."""

from keyvault.target import Target


def place_of(target: Target) -> str:
    """``shop/production/api-keys/stripe``; shorter where the target is wider."""
    parts = (target.project, target.environment, target.secret)
    return "/".join(part.name for part in parts if part)
