"""What a run on the Temporal server of production breaks, and that it says where it ran."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.stack.temporal_binary import TemporalProgram
from infra.stack.terminal import Terminal
from tests.chaos.__main__ import arguments_of
from tests.chaos.production_temporal import DATABASE, DEV, SPLIT, ProductionStack
from tests.chaos.stack import EmbeddedStack
from tests.production_temporal.programs import ProductionPrograms

PROGRAMS = ProductionPrograms(Path("/bin/temporal-server"), Path("/bin/temporal-sql-tool"), Path("/bin"))
CLI = TemporalProgram(Path("/bin/temporal"), "1.31.2")


def test_the_server_is_chosen_by_option_or_variable(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CHAOS_TEMPORAL", raising=False)
    assert arguments_of([]).temporal == DEV
    assert arguments_of(["--temporal", SPLIT]).temporal == SPLIT
    monkeypatch.setenv("CHAOS_TEMPORAL", SPLIT)
    assert arguments_of([]).temporal == SPLIT
    monkeypatch.setenv("CHAOS_TEMPORAL", "staging")
    with pytest.raises(SystemExit):
        arguments_of([])
    assert (
        "CHAOS_TEMPORAL is 'staging'; it takes dev, production, production-split" in capsys.readouterr().err
    )


def test_both_postgresql_servers_and_every_process_of_temporal_are_victims(tmp_path: Path) -> None:
    one = ProductionStack(PROGRAMS, CLI, tmp_path / "one", split=False)
    split = ProductionStack(PROGRAMS, CLI, tmp_path / "split", split=True)
    shared = {"api", "postgres", DATABASE, "simulator", "model", "worker", "second-worker"}
    assert set(one.names) == shared | {"temporal"}
    assert set(split.names) == shared | {
        f"temporal-{name}" for name in ("frontend", "history", "matching", "worker")
    }
    for stack in (one, split):
        services = {service.name: service for service in stack.services(Terminal())}
        assert set(stack.names) <= services.keys()
        assert all(DATABASE in services[name].needs for name in stack.lose_temporal())
        assert set(stack.temporal_names) < set(services["worker"].needs)


def test_its_data_is_lost_only_when_all_its_processes_die(tmp_path: Path) -> None:
    one = ProductionStack(PROGRAMS, CLI, tmp_path / "one", split=False)
    split = ProductionStack(PROGRAMS, CLI, tmp_path / "split", split=True)
    assert one.lose_temporal() == ("temporal",)
    assert set(split.lose_temporal()) == set(split.temporal_names) - {DATABASE}


def test_the_product_is_told_the_namespace_of_production_and_temporal_none_of_its_secrets(
    tmp_path: Path,
) -> None:
    stack = ProductionStack(PROGRAMS, CLI, tmp_path, split=False)
    services = {service.name: service for service in stack.services(Terminal())}
    worker, temporal = services["worker"].spec().env, services["temporal"].spec().env
    assert worker is not None
    assert temporal is not None
    assert worker["TEMPORAL_NAMESPACE"] == "resolutionflow"
    assert worker["TEMPORAL_ADDRESS"] == f"127.0.0.1:{temporal['FRONTEND_GRPC_PORT']}"
    assert not {name for name in temporal if name.startswith(("RESOLUTIONFLOW_", "DATABASE_"))}


def test_a_run_says_on_which_server_it_was(tmp_path: Path) -> None:
    assert EmbeddedStack(tmp_path / "dev").temporal_server == "dev server, SQLite"
    split = ProductionStack(PROGRAMS, CLI, tmp_path / "split", split=True)
    assert split.temporal_server.startswith("server 1.31.2 in 4 processes, PostgreSQL 18.4")
