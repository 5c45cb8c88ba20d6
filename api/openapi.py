"""Print the OpenAPI document, from which the web client is generated: `python -m api.openapi`."""

from __future__ import annotations

import json
import sys

from api.app import create_app
from infra.config import Settings


def document() -> dict[str, object]:
    """The contract of the API as it is in the code."""
    return create_app(Settings(_env_file=None)).openapi()


def main() -> None:
    sys.stdout.write(json.dumps(document(), indent=2, sort_keys=True, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
