"""What the routes share: one object per process, put together at start."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from temporalio.client import Client
from temporalio.converter import PayloadCodec

from api.event_hub import EventHub
from api.first_account import FirstAccountMaker
from api.security.codec_tokens import CodecTokens
from api.security.standing import Standing
from api.security.tokens import AccessTokens
from api.security.upload_addresses import UploadAddresses
from api.session_gateway import SessionGateway
from api.session_waker import SessionWaker
from api.upload_sweep import UploadSweeper
from infra.closing import close_all
from infra.config import Settings
from infra.database.connection import Database, database_from
from infra.first_account import FirstAccount
from infra.psa.connections import PsaConnections
from infra.psa.registry import PsaRegistry
from infra.rate_limits import RateLimits
from infra.secret_box import PSA_CREDENTIALS, TWO_FACTOR_SECRETS, SecretBox
from infra.storage.factory import build_storage
from infra.storage.store import ObjectStore
from infra.temporal.client import connect, data_converter, payload_codec


@dataclass
class Services:
    """The collaborators of the API."""

    settings: Settings
    database: Database
    temporal: Client
    gateway: SessionGateway
    hub: EventHub
    psa: PsaConnections
    box: SecretBox
    two_factor_box: SecretBox
    tokens: AccessTokens
    codec_tokens: CodecTokens
    codec: PayloadCodec
    standing: Standing
    limits: RateLimits
    storage: ObjectStore
    upload_addresses: UploadAddresses
    first_account: FirstAccountMaker
    sweeper: UploadSweeper
    waker: SessionWaker

    @classmethod
    async def from_settings(cls, settings: Settings) -> Services:
        """Put everything together. Nothing is contacted yet: the API starts while Postgres or Temporal is away."""
        database = database_from(settings, with_admin=True)
        storage = build_storage(settings)
        converter = data_converter(settings, storage)
        temporal = await connect(converter, lazy=True)
        box = SecretBox(settings.secret_keys, PSA_CREDENTIALS)
        gateway = SessionGateway(temporal, settings)
        return cls(
            settings=settings,
            database=database,
            temporal=temporal,
            gateway=gateway,
            hub=EventHub(database.url),
            psa=PsaConnections(PsaRegistry(), box, allow_private=settings.allow_private_psa),
            box=box,
            two_factor_box=SecretBox(settings.secret_keys, TWO_FACTOR_SECRETS),
            tokens=AccessTokens(settings.secret_keys),
            codec_tokens=CodecTokens(settings.secret_keys),
            codec=payload_codec(settings, storage),
            standing=Standing(database),
            limits=RateLimits(database),
            storage=storage,
            upload_addresses=UploadAddresses(settings.secret_keys),
            first_account=FirstAccountMaker(database, FirstAccount.of(settings)),
            sweeper=UploadSweeper(database, storage),
            waker=SessionWaker(database, gateway, inactivity=timedelta(minutes=settings.inactivity_minutes)),
        )

    async def start(self) -> None:
        """Make the first account, and begin to listen for events, to sweep, and to wake sessions that were left."""
        await self.first_account.start()
        self.hub.start()
        self.sweeper.start()
        self.waker.start()

    async def aclose(self) -> None:
        """End streams, then close clients and pools, without waiting for a server that does not answer."""
        await close_all(
            self.first_account.aclose,
            self.hub.aclose,
            self.sweeper.aclose,
            self.waker.aclose,
            self.psa.aclose,
            self.storage.aclose,
            self.database.aclose,
        )
