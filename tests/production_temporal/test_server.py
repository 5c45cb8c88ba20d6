"""How the server of production is started without containers."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import yaml

from infra.stack.temporal_binary import TemporalProgram
from tests.production_temporal.postgres import PASSWORD, TemporalPostgres
from tests.production_temporal.programs import ProductionPrograms
from tests.production_temporal.server import (
    COMPOSE,
    ONE_PROCESS,
    PORTS,
    SPLIT,
    ProductionTemporal,
    Role,
    composed,
    server_environment,
)

PROGRAMS = ProductionPrograms(Path("/bin/temporal-server"), Path("/bin/temporal-sql-tool"), Path("/bin"))
HERE = {
    "POSTGRES_SEEDS",
    "DB_PORT",
    "BIND_ON_IP",
    "TEMPORAL_BROADCAST_ADDRESS",
    "DYNAMIC_CONFIG_FILE_PATH",
    *PORTS,
}


def server(folder: Path, roles: tuple[Role, ...] = ONE_PROCESS) -> ProductionTemporal:
    database = TemporalPostgres(PROGRAMS, folder / "postgres", 5000, log_path=folder / "log")
    cli = TemporalProgram(Path("/bin/temporal"), "1.31.2")
    ports = list(range(6000, 6000 + len(PORTS)))
    return ProductionTemporal(PROGRAMS, cli, database, folder, ports, roles=roles)


def test_it_has_the_environment_of_production_but_for_where_things_are() -> None:
    deployed, _ = composed()
    here = server_environment(5000, dict(zip(PORTS, range(6000, 6009), strict=True)))
    assert {name: value for name, value in here.items() if name not in HERE} == {
        name: value for name, value in deployed.items() if name not in HERE
    }
    assert here["POSTGRES_PWD"] == PASSWORD
    assert here["NUM_HISTORY_SHARDS"] == deployed["NUM_HISTORY_SHARDS"]
    assert (here["DB_PORT"], here["FRONTEND_GRPC_PORT"]) == ("5000", "6000")
    assert not any("$" in value for value in here.values())


def test_its_dynamic_configuration_is_the_file_that_is_deployed() -> None:
    path = Path(server_environment(5000, {})["DYNAMIC_CONFIG_FILE_PATH"])
    volumes = yaml.safe_load(COMPOSE.read_text())["services"]["temporal"]["volumes"]
    assert [volume.split(":")[0] for volume in volumes] == [f"./{path.relative_to(COMPOSE.parent)}"]
    assert yaml.safe_load(path.read_text())["matching.enableFairness"] == [{"value": True}]


def test_it_makes_its_databases_first_and_starts_at_once_when_they_are_there(tmp_path: Path) -> None:
    temporal = server(tmp_path)
    (role,) = ONE_PROCESS
    mark = tmp_path / "databases-made"
    launch = (sys.executable, "-m", "tests.production_temporal.launch", str(mark), "make")
    assert temporal.spec(role).command == (*launch, "/bin/temporal-server", "start")
    mark.touch()
    assert temporal.spec(role).command == ("/bin/temporal-server", "start")
    temporal.lose_data()
    assert temporal.spec(role).command[:5] == launch


def test_split_one_process_makes_the_databases_and_the_others_wait_for_them(tmp_path: Path) -> None:
    temporal = server(tmp_path, SPLIT)
    commands = {role.services: temporal.spec(role).command[4:] for role in SPLIT}
    assert commands == {
        (name,): (
            "make" if name == "frontend" else "wait",
            "/bin/temporal-server",
            "start",
            "--service",
            name,
        )
        for name in ("frontend", "history", "matching", "worker")
    }


def test_nothing_of_the_persons_own_configuration_gets_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_TLS_SERVER_CERT", "/somewhere")
    monkeypatch.setenv("POSTGRES_USER", "somebody")
    environment = server(tmp_path).spec(ONE_PROCESS[0]).env
    assert environment is not None
    assert "TEMPORAL_TLS_SERVER_CERT" not in environment
    assert environment["POSTGRES_USER"] == "temporal"


def test_the_scripts_of_production_find_the_programs_under_their_names(tmp_path: Path) -> None:
    temporal = server(tmp_path)
    temporal.prepare()
    temporal.prepare()
    assert {path.name for path in (tmp_path / "bin").iterdir()} == {"temporal", "temporal-sql-tool"}
    environment = temporal.spec(ONE_PROCESS[0]).env
    assert environment is not None
    assert environment["PATH"].startswith(f"{tmp_path / 'bin'}:")
