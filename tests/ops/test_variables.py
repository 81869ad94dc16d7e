"""Each process sees the variables that it needs, and no other."""

import os
from pathlib import Path

import pytest

from keyvault.supervisor import programs

EVERYTHING = {
    "PATH": "/usr/bin",
    "DATABASE_URL": "postgres://app",
    "KEYVAULT_OWNER_DATABASE_URL_FILE": "/run/owner",
    "KEYVAULT_SEALER_DATABASE_URL": "postgres://sealer",
    "KEYVAULT_GATEWAY_DATABASE_URL": "postgres://gateway",
    "REDIS_URL_FILE": "/run/redis",
    "KEYVAULT_SECRET_KEY": "signing",
    "KEYVAULT_ROOT_KEYS": "raw:env:MY_ROOT,raw:file:/root.key",
    "KEYVAULT_GATEWAY_ROOT_KEYS": "raw:file:/gateway.key",
    "MY_ROOT": "bm90IGEga2V5",
    "AWS_SECRET_ACCESS_KEY": "of the machine, not ours",
    "MY_ROOT_OF_ANOTHER": "x",
}


PROGRAMS = ("migrate", "keys", "web", "worker", "beat", "sealer")
EVERY_PROGRAM = (*PROGRAMS, "gateway")


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*os.environ]:
        monkeypatch.delenv(name)
    for name, value in EVERYTHING.items():
        monkeypatch.setenv(name, value)


def seen(name: str) -> set[str]:
    var = Path("/var/lib/keyvault")
    program = {
        "migrate": programs.migrate(var),
        "keys": programs.init_keys(var),
        "web": programs.web(var, "127.0.0.1", 8000),
        "worker": programs.worker(var),
        "beat": programs.beat(var),
        "sealer": programs.sealer(var),
        "gateway": programs.gateway(var, "127.0.0.1", 8001),
    }[name]
    return set(program.environment) & set(EVERYTHING)


def test_nothing_of_the_machine_but_what_programs_need() -> None:
    for name in PROGRAMS:
        assert not {"AWS_SECRET_ACCESS_KEY", "MY_ROOT_OF_ANOTHER"} & seen(name)
        assert {"PATH", "DATABASE_URL", "REDIS_URL_FILE", "KEYVAULT_SECRET_KEY"} <= seen(name)


def test_the_owners_address_reaches_migrations_alone() -> None:
    owners = [n for n in EVERY_PROGRAM if "KEYVAULT_OWNER_DATABASE_URL_FILE" in seen(n)]
    assert owners == ["migrate"]


def test_the_sealers_address_reaches_the_sealer_alone() -> None:
    assert [n for n in EVERY_PROGRAM if "KEYVAULT_SEALER_DATABASE_URL" in seen(n)] == ["sealer"]


def test_the_gateway_sees_its_own_role_and_root_and_nothing_else() -> None:
    assert seen("gateway") == {"PATH", "KEYVAULT_GATEWAY_DATABASE_URL", "KEYVAULT_GATEWAY_ROOT_KEYS"}
    assert [n for n in EVERY_PROGRAM if "KEYVAULT_GATEWAY_DATABASE_URL" in seen(n)] == ["gateway"]


def test_the_sealer_has_no_root_key_of_the_gateway() -> None:
    assert {"KEYVAULT_ROOT_KEYS", "MY_ROOT"} <= seen("sealer")
    assert "KEYVAULT_GATEWAY_ROOT_KEYS" not in seen("sealer")


@pytest.mark.parametrize("name", ["migrate", "beat"])
def test_no_root_key_and_no_source_of_one_reaches_what_opens_nothing(name: str) -> None:
    assert not {"KEYVAULT_ROOT_KEYS", "KEYVAULT_GATEWAY_ROOT_KEYS", "MY_ROOT"} & seen(name)


@pytest.mark.parametrize("name", ["keys", "web", "worker"])
def test_what_opens_values_sees_the_roots_and_where_their_specs_point(name: str) -> None:
    assert {"KEYVAULT_ROOT_KEYS", "KEYVAULT_GATEWAY_ROOT_KEYS", "MY_ROOT"} <= seen(name)
