"""A taken port is told with its number, its holder and the variable that changes it."""

import os
import socket

import pytest

from infra.stack.errors import StackError
from infra.stack.ports import PortUse, free_ports, is_taken, require_free


def test_free_ports_are_different_and_free() -> None:
    ports = free_ports(20)
    assert len(set(ports)) == 20
    assert not any(map(is_taken, ports))


def test_a_taken_port_names_itself_its_holder_and_its_variable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(StackError) as caught:
            require_free([PortUse("PostgreSQL", port, "RESOLUTIONFLOW_POSTGRES_PORT")])
    assert caught.value.code == "port_taken"
    assert caught.value.message.startswith(f"Port {port} for PostgreSQL is held by process {os.getpid()} (")
    assert caught.value.message.endswith("or choose another port with RESOLUTIONFLOW_POSTGRES_PORT.")


def test_a_port_held_on_all_addresses_is_taken_too() -> None:
    with socket.create_server(("", 0)) as server:
        assert is_taken(server.getsockname()[1])


def test_two_uses_of_one_port_are_told_before_anything_starts() -> None:
    port = free_ports(1)[0]
    with pytest.raises(StackError, match="give A and B different values") as caught:
        require_free([PortUse("one", port, "A"), PortUse("other", port, "B")])
    assert caught.value.code == "port_twice"


def test_an_address_that_is_not_ours_is_told() -> None:
    with pytest.raises(StackError, match=r"on 192\.0\.2\.1 cannot be used") as caught:
        require_free([PortUse("the api", free_ports(1)[0], "RESOLUTIONFLOW_PORT", host="192.0.2.1")])
    assert caught.value.code == "port_unusable"
