"""The presets of ``gateway/providers.toml`` as values."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from string import Formatter
from typing import Any

from gateway.model import Base, Provider, Slot, Variables, WireProtocol

PRESETS = Path(__file__).parent.parent / "providers.toml"
MARKS = frozenset({"verified", "documented", "unverified"})


def load(path: Path = PRESETS) -> dict[str, Provider]:
    """By slug. Raises ValueError, naming the entry that is wrong."""
    entries: list[dict[str, Any]] = tomllib.loads(path.read_text())["provider"]
    found = {}
    for entry in entries:
        provider = parse(entry)
        if provider.slug in found:
            raise ValueError(f"{provider.slug} is there twice")
        found[provider.slug] = provider
    return found


def parse(entry: Mapping[str, Any]) -> Provider:
    """One entry. Raises ValueError."""
    lists = {name: tuple(entry[name]) for name in ("variables", "hosts", "paths", "denied", "tools") if name in entry}
    try:
        env = Variables(**entry["env"]) if "env" in entry else None
        made = {"slots": tuple(map(Slot.parse, entry["slots"])), "env": env}
        protocol = WireProtocol(entry.get("protocol", WireProtocol.HTTP))
        provider = Provider(**{**entry, **lists, **made, "protocol": protocol})
        if not provider.hosts:
            base_of(provider, dict.fromkeys(provider.variables, "x.example"))
    except (TypeError, KeyError, ValueError) as error:
        raise ValueError(f"{entry.get('slug', 'an entry without a slug')}: {error}") from None
    if not provider.slots or provider.mark not in MARKS:
        raise ValueError(f"{provider.slug}: slots and a mark are needed")
    return provider


def base_of(provider: Provider, values: Mapping[str, str]) -> Base:
    """Where a binding with those values of the variables leads. Raises ValueError."""
    if {name for _, name, _, _ in Formatter().parse(provider.base) if name} != set(provider.variables):
        raise ValueError("the base's variables are not those that are listed")
    for name in provider.variables:
        if not _is_plain(values.get(name, "")):
            raise ValueError(f"{name} is a name of letters, digits, dots and hyphens")
    base = Base.parse(provider.base.format_map({name: values[name].lower() for name in provider.variables}))
    if "." not in base.host or base.host.rpartition(".")[2].isdigit():
        raise ValueError(f"{base.host} is no name of a host on the internet")
    if provider.hosts and base.host not in provider.hosts:
        raise ValueError(f"{base.host} is no host of {provider.title}")
    return base


def _is_plain(value: str) -> bool:
    """A label or a name of a host: nothing that could end the host and begin a path, a port or a user."""
    return value.isascii() and all(part.replace("-", "").isalnum() for part in value.split("."))
