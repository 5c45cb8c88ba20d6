"""The stack's own command line, with stand-ins for the application's processes."""

from infra.stack import services
from infra.stack.cli import main

HERE = "tests.stack.stand_ins"
services.MIGRATE = services.SEED = f"{HERE}.one_shot"
services.SIMULATOR = f"{HERE}.simulator"
services.WORKER = f"{HERE}.worker"
services.API = f"{HERE}.api"
main()
