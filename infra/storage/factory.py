"""The object store that the configuration names."""

from __future__ import annotations

from infra.config import Settings
from infra.storage.local import LocalStore
from infra.storage.store import ObjectStore

FOLDER = "uploads"


def build_storage(settings: Settings) -> ObjectStore:
    """A bucket when one is configured, else a folder of the state folder. Contacts nothing yet."""
    if settings.s3_bucket is None:
        return LocalStore(settings.state_dir.expanduser().absolute() / FOLDER)
    # Loading the library takes a third of a second, which only those pay who use it.
    from infra.storage.s3 import S3Store

    secret = settings.aws_secret_access_key
    return S3Store(
        settings.s3_bucket,
        endpoint_url=settings.s3_endpoint_url,
        region=settings.aws_region,
        access_key_id=settings.aws_access_key_id,
        secret_access_key=secret.get_secret_value() if secret else None,
    )
