"""`python -m infra.simulators.connectwise [--host H] [--port N] [--state FILE]`."""

from __future__ import annotations

import argparse
from pathlib import Path

import uvicorn

from infra.config import Settings
from infra.simulators.connectwise.app import create_app
from infra.simulators.connectwise.simulator import Simulator


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m infra.simulators.connectwise", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: loopback only)")
    parser.add_argument(
        "--port", type=int, default=None, help="default: RESOLUTIONFLOW_SIMULATOR_PORT or 8900"
    )
    parser.add_argument("--state", type=Path, default=None, help="JSON file that keeps changes over restarts")
    arguments = parser.parse_args()
    port = arguments.port if arguments.port is not None else Settings().simulator_port
    app = create_app(Simulator.with_state(arguments.state))
    uvicorn.run(
        app, host=arguments.host, port=port, lifespan="off", log_level="warning", timeout_graceful_shutdown=2
    )


if __name__ == "__main__":
    main()
