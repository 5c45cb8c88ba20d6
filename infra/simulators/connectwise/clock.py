"""Times as the vendor writes them: UTC, whole seconds, `Z`."""

from datetime import UTC, datetime


def vendor_time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def vendor_now() -> str:
    return vendor_time(datetime.now(UTC))
