"""The compose file and the image, read as text: fences around every service, and no variable too many."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from keyvault.supervisor import programs

CODE = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((CODE / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("init", "web", "worker", "beat", "sealer", "gateway")
DOCKERFILE = (CODE / "Dockerfile").read_text()


@pytest.mark.parametrize("name", SERVICES)
class TestEveryService:
    def test_is_no_root_and_cannot_become_it(self, name: str) -> None:
        service = SERVICES[name]
        assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"])
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]

    def test_has_a_read_only_root_and_an_init_as_first_process(self, name: str) -> None:
        assert SERVICES[name]["read_only"] is True
        assert SERVICES[name]["init"] is True

    def test_has_an_image_with_a_version(self, name: str) -> None:
        assert re.search(r":\d[\w.-]*$", SERVICES[name]["image"])

    def test_is_asked_for_its_health_unless_it_ends_by_itself(self, name: str) -> None:
        health = SERVICES[name]["healthcheck"]
        assert health == {"disable": True} if name == "init" else health["test"]

    def test_takes_secrets_from_files_and_mounts_those_it_names_alone(self, name: str) -> None:
        service = SERVICES[name]
        named = set(re.findall(r"/run/secrets/(\w+)", str(service) + _scripts(service)))
        assert named == set(service["secrets"])
        assert named <= set(COMPOSE["secrets"])

    def test_holds_no_password(self, name: str) -> None:
        for variable, value in SERVICES[name]["environment"].items() if "environment" in SERVICES[name] else ():
            if re.search(r"PASSWORD|SECRET|DATABASE_URL|REDIS_URL", variable):
                assert value.startswith("/run/secrets/")


def _scripts(service: dict[str, Any]) -> str:
    mounted = [volume.split(":")[0] for volume in service.get("volumes", []) if volume.startswith("./")]
    return "".join((CODE / path).read_text() for path in mounted)


def test_only_init_is_the_owner() -> None:
    holders = [name for name, service in SERVICES.items() if "owner_database_url" in service["secrets"]]
    assert holders == ["init"]


def test_beat_holds_no_root_key() -> None:
    assert not {"root_key", "gateway_root_key"} & set(SERVICES["beat"]["secrets"])
    assert not [variable for variable in SERVICES["beat"]["environment"] if "ROOT" in variable]


def test_the_sealer_alone_has_its_database_role_and_its_folder() -> None:
    for name, service in SERVICES.items():
        assert ("sealer_database_url" in service["secrets"]) == (name == "sealer")
        assert ("sealer:/data" in service.get("volumes", [])) == (name == "sealer")
    assert "gateway_root_key" not in SERVICES["sealer"]["secrets"]


def test_the_gateway_has_its_own_role_and_root_and_nothing_of_the_others() -> None:
    assert set(SERVICES["gateway"]["secrets"]) == {"gateway_database_url", "gateway_root_key"}
    for name, service in SERVICES.items():
        assert ("gateway_database_url" in service["secrets"]) == (name == "gateway")


def test_the_product_waits_for_migrations_and_keys() -> None:
    for name in ("web", "worker", "beat", "sealer", "gateway"):
        assert SERVICES[name]["depends_on"]["init"] == {"condition": "service_completed_successfully"}


def test_processes_are_the_ones_that_the_supervisor_runs(tmp_path: Path) -> None:
    for program in (
        programs.web(tmp_path, "127.0.0.1", 8000),
        programs.worker(tmp_path),
        programs.beat(tmp_path),
        programs.sealer(tmp_path),
        programs.gateway(tmp_path, "127.0.0.1", 8001),
    ):
        here = [part.replace(str(tmp_path), "/tmp").removeprefix(f"{CODE}/") for part in program.command[1:]]
        assert SERVICES[program.name]["command"][1:] == here


def test_only_the_web_server_and_the_gateway_are_published_and_on_loopback() -> None:
    assert {name: service["ports"] for name, service in SERVICES.items() if "ports" in service} == {
        "web": ["127.0.0.1:8000:8000"],
        "gateway": ["127.0.0.1:8001:8001"],
    }


def test_servers_cannot_reach_the_internet() -> None:
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    for name in ("postgres", "redis", "init", "beat"):
        assert SERVICES[name]["networks"] == ["inside"]


def test_every_variable_is_one_that_the_settings_read() -> None:
    from tests.ops.test_env_example import variables_read_by_the_settings

    known = variables_read_by_the_settings()
    for name in OURS:
        passed = {variable.removesuffix("_FILE") for variable in SERVICES[name]["environment"]}
        assert passed <= known


def test_the_image_takes_its_base_as_an_argument_and_drops_root() -> None:
    assert re.search(r"^ARG BASE_IMAGE=\S+:\d\S*$", DOCKERFILE, re.MULTILINE)
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) == {"${BASE_IMAGE}"}
    assert re.search(r"^USER 10001:10001$", DOCKERFILE, re.MULTILINE)
    assert SERVICES["web"]["user"] == "10001:10001"


def test_the_image_leaves_secret_files_out_and_keeps_the_app_of_that_name() -> None:
    ignored = (CODE / ".dockerignore").read_text().split()
    assert {".env", ".secrets", "var", ".git"} <= set(ignored)
    assert not {"secrets", "secrets/", "**/secrets", "keyvault/secrets"} & set(ignored)
