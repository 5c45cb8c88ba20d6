"""`python -m infra.stack`."""

from infra.stack.cli import main

main()
