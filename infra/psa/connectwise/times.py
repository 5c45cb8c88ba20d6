"""Times as ConnectWise takes them."""

from datetime import UTC, datetime


def vendor_time(moment: datetime) -> str:
    """UTC in whole seconds with `Z`: an offset or a fraction is refused."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
