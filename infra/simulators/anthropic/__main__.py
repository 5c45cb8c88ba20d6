"""`python -m infra.simulators.anthropic [--host H] [--port N]`."""

import argparse

import uvicorn

from infra.simulators.anthropic.app import Simulation, create_app

DEFAULT_PORT = 8910


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m infra.simulators.anthropic", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: loopback only)")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    arguments = parser.parse_args()
    uvicorn.run(
        create_app(Simulation()),
        host=arguments.host,
        port=arguments.port,
        lifespan="off",
        log_level="warning",
        timeout_graceful_shutdown=2,
    )


if __name__ == "__main__":
    main()
