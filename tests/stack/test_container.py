"""The production files agree with the code: commands, variables, ports, roles, versions. (No container engine needed.)

`compose-spec.json` beside this file is the schema of the Compose Specification, unchanged (Apache License 2.0).
"""

import importlib.util
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from api.routes import health
from infra.config import Settings
from infra.config_sources import secret_variables, variable_of
from infra.database.programs import bundled_program
from infra.database.row_security import APP_ROLE
from infra.stack.install import LEAST_NODE, UV_VERSION, node_version
from infra.stack.postgres import DATABASE, OWNER_ROLE
from infra.stack.services import API, MIGRATE, WORKER
from infra.stack.temporal_server import POLL_RATES
from tests.production_temporal.programs import postgres_version, server_version
from workflows.task_queues import ALL_QUEUES

PROJECT = Path(__file__).parents[2]
CONTAINER = PROJECT / "infra" / "container"
COMPOSE = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
EXAMPLE = (CONTAINER / "production.env.example").read_text()

SDK_VARIABLES = {"TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE"}
FILLED = {
    "RESOLUTIONFLOW_SECRET_KEYS": "2Dg9gO8j3tRr1YwZc0mA6qVxkP4bNsLhTf7eUiXoHyE=",
    "RESOLUTIONFLOW_BASE_URL": "https://flow.example.com",
}


def substitute(text: str) -> str:
    """Variables as an administrator would fill them in, the way compose does it."""

    def value(match: re.Match[str]) -> str:
        name, operator, rest = match["name"], match["operator"], match["rest"]
        return FILLED.get(name, "0123abcd") if operator == ":?" or operator is None else rest

    return re.sub(r"\$\{(?P<name>\w+)(?:(?P<operator>:[-?])(?P<rest>[^}]*))?\}", value, text)


def variables() -> list[tuple[str, str | None, str]]:
    """Every `${NAME:-default}` of the file as (name, operator, default or hint)."""
    text = (PROJECT / "docker-compose.yml").read_text()
    return [(m[1], m[2], m[3]) for m in re.finditer(r"\$\{(\w+)(?:(:[-?])([^}]*))?\}", text)]


def test_the_compose_file_obeys_the_compose_specification() -> None:
    schema = json.loads((Path(__file__).parent / "compose-spec.json").read_text())
    jsonschema.validate(COMPOSE, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"services": {"api": {"comand": "x"}}}, schema)


def test_every_part_of_production_is_there() -> None:
    assert {
        "postgres",
        "temporal",
        "temporal-ui",
        "object-store",
        "migrate",
        "api",
        "worker",
        "web",
    } <= SERVICES.keys()
    assert OURS.keys() == {"migrate", "api", "worker"}


def test_every_command_of_ours_is_a_module_that_the_stack_runs_too() -> None:
    commands = {name: service["command"] for name, service in OURS.items()}
    modules = {"migrate": MIGRATE, "api": API, "worker": WORKER}
    assert commands == {name: ["python", "-m", module] for name, module in modules.items()}
    for module in modules.values():
        assert importlib.util.find_spec(module) is not None


def test_every_variable_of_ours_is_a_setting_or_one_that_a_library_reads() -> None:
    known = {variable_of(Settings, name) for name in Settings.model_fields} | SDK_VARIABLES
    for service in OURS.values():
        assert service["environment"].keys() <= known


def test_our_settings_accept_the_environment_of_every_service(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [variable_of(Settings, name) for name in Settings.model_fields]:
        monkeypatch.delenv(name, raising=False)
    for service in OURS.values():
        for name, value in service["environment"].items():
            monkeypatch.setenv(name, substitute(value))
        settings = Settings(_env_file=None)
        assert settings.env == "production"
        assert not settings.demo
        assert settings.s3_bucket == COMPOSE["name"]


def test_the_database_urls_name_the_two_roles_and_the_database() -> None:
    for service in OURS.values():
        urls = {
            name: substitute(service["environment"][name]) for name in ("DATABASE_URL", "DATABASE_ADMIN_URL")
        }
        assert urls == {
            "DATABASE_URL": f"postgresql+asyncpg://{APP_ROLE}:0123abcd@postgres:5432/{DATABASE}",
            "DATABASE_ADMIN_URL": f"postgresql+asyncpg://{OWNER_ROLE}:0123abcd@postgres:5432/{DATABASE}",
        }


def test_the_roles_are_made_with_the_rights_that_the_embedded_stack_gives() -> None:
    script = (CONTAINER / "postgres-roles.sh").read_text()
    assert f"CREATE ROLE {OWNER_ROLE} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE BYPASSRLS PASSWORD" in script
    assert f"CREATE ROLE {APP_ROLE} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD" in script
    assert f"CREATE DATABASE {DATABASE} OWNER {OWNER_ROLE};" in script
    used = set(re.findall(r'="\$(\w+)"', script))
    assert used <= SERVICES["postgres"]["environment"].keys()


def test_the_api_listens_where_its_check_and_the_proxy_look() -> None:
    api = SERVICES["api"]
    port = api["environment"]["RESOLUTIONFLOW_PORT"]
    assert api["environment"]["RESOLUTIONFLOW_HOST"] == "0.0.0.0"  # noqa: S104 - inside the container
    (path,) = re.findall(rf"http://127\.0\.0\.1:{port}(/\w+)'", api["healthcheck"]["test"][-1])
    assert path in {getattr(route, "path", None) for route in health.router.routes}
    assert f"reverse_proxy api:{port} " in (CONTAINER / "Caddyfile").read_text()


def test_nobody_outside_is_told_what_is_away_and_how_busy_it_is() -> None:
    caddyfile = (CONTAINER / "Caddyfile").read_text()
    (closed,) = re.findall(r"^\t@operations path (.+)$", caddyfile, re.MULTILINE)
    assert "\n\trespond @operations 404\n" in caddyfile
    told = {getattr(route, "path", "") for route in health.router.routes} - {"/healthz"}
    assert set(closed.split()) == told


def test_the_worker_check_asks_for_a_queue_that_exists() -> None:
    *_, module, queue = SERVICES["worker"]["healthcheck"]["test"]
    assert importlib.util.find_spec(module) is not None
    assert queue in ALL_QUEUES


def test_whatever_is_waited_for_can_tell_that_it_is_ready() -> None:
    for service in SERVICES.values():
        for name, need in service.get("depends_on", {}).items():
            if need["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[name], name
            else:
                assert SERVICES[name]["restart"] == "on-failure", name


def test_every_mounted_file_is_in_the_project() -> None:
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert (PROJECT / source).exists() if source.startswith("./") else source in COMPOSE["volumes"]


def test_only_the_proxy_is_reachable_from_outside() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published.pop("web") == ["80:80", "443:443", "443:443/udp"]
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)


def test_no_secret_has_a_default_and_the_required_ones_are_in_the_example() -> None:
    secret = set(secret_variables(Settings).values())
    for name, operator, default in variables():
        if name in secret or re.search("PASSWORD|SECRET|KEY", name):
            assert operator in (":?", None) or default == "", name
        if operator == ":?":
            assert re.search(rf"^{name}=", EXAMPLE, re.MULTILINE), name


def test_every_variable_of_the_example_is_used() -> None:
    used = {name for name, *_ in variables()}
    assert set(re.findall(r"^(\w+)=", EXAMPLE, re.MULTILINE)) <= used


def test_temporal_polls_as_fast_as_in_the_embedded_stack_and_hands_out_by_account() -> None:
    values = yaml.safe_load((CONTAINER / "temporal" / "dynamic.yaml").read_text())
    fair = {"matching.enableFairness": True}
    assert values == {name: [{"value": value}] for name, value in (POLL_RATES | fair).items()}
    environment = SERVICES["temporal"]["environment"]
    (mounted,) = SERVICES["temporal"]["volumes"]
    assert mounted.split(":")[1] == environment["DYNAMIC_CONFIG_FILE_PATH"]
    assert environment["NUM_HISTORY_SHARDS"] == "512"


def test_temporal_is_the_version_that_the_embedded_stack_runs() -> None:
    pinned = (PROJECT / "infra" / "temporal_tool" / "go.mod").read_text()
    (server,) = re.findall(r"go\.temporal\.io/server v(\S+)", pinned)
    (ui,) = re.findall(r"github\.com/temporalio/ui-server/v2 v(\S+)", pinned)
    images = {service["image"] for service in SERVICES.values() if "temporalio/" in service["image"]}
    assert images == {
        f"temporalio/server:{server}",
        f"temporalio/admin-tools:{server}",
        f"temporalio/ui:{ui}",
    }


def test_what_is_put_to_the_test_without_containers_is_the_version_of_production() -> None:
    assert SERVICES["temporal"]["image"] == f"temporalio/server:{server_version()}"
    assert SERVICES["postgres"]["image"] == f"postgres:{postgres_version().split('.')[0]}"


def test_everybody_uses_the_same_namespace() -> None:
    named = [
        service["environment"].get("TEMPORAL_NAMESPACE")
        for service in SERVICES.values()
        if "environment" in service
    ]
    assert {name for name in named if name} == {"resolutionflow"}
    assert SERVICES["temporal-ui"]["environment"]["TEMPORAL_DEFAULT_NAMESPACE"] == "resolutionflow"


def test_the_image_holds_every_package_and_the_tools_of_the_clone() -> None:
    lines = (CONTAINER / "Dockerfile").read_text()
    for package in ("domain", "workflows", "activities", "api", "infra"):
        assert f"COPY {package} {package}\n" in lines
    assert f"uv=={UV_VERSION}" in lines
    (node,) = re.findall(r"FROM node:([\d.]+)", lines)
    assert node_version(f"v{node}") >= LEAST_NODE
    for line in re.findall(r"^COPY (?!--from)(.+) \S+$", lines, re.MULTILINE):
        assert all((PROJECT / source).exists() for source in line.split()), line


def test_the_image_holds_the_programs_that_backups_are_made_with() -> None:
    dockerfile = (CONTAINER / "Dockerfile").read_text()
    assert "uv sync" in dockerfile
    assert "--no-install-package" not in dockerfile, "pg_dump comes with the wheel"
    for name in ("pg_dump", "pg_restore", "psql"):
        program = bundled_program(name)
        assert program is not None, name
        assert subprocess.run([program, "--version"], check=True, capture_output=True).stdout
