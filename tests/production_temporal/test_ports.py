"""The ports of the server's members fit into the column that PostgreSQL keeps them in."""

from __future__ import annotations

import pytest

from tests.production_temporal.ports import HIGHEST, LOWEST, member_ports


def test_ports_are_different_free_and_fit_into_a_smallint() -> None:
    ports = member_ports(50, taken=lambda port: port % 2 == 0)
    assert len(set(ports)) == 50
    assert all(LOWEST <= port <= HIGHEST and port % 2 for port in ports)


def test_too_few_free_ports_are_an_error() -> None:
    with pytest.raises(RuntimeError, match="fewer than 2 free ports"):
        member_ports(2, taken=lambda port: port != HIGHEST)
