"""The second factor: an authenticator app, and recovery codes for when it is gone."""

from __future__ import annotations

from pydantic import BaseModel, Field, SecretStr

from api.schemas.common import Body

CODE = Field(min_length=1, max_length=40, description="Six digits of the app, or a recovery code.")


class TwoFactorAnswer(BaseModel):
    enabled: bool
    recovery_codes_left: int


class EnrolBody(Body):
    password: SecretStr = Field(max_length=1024)


class EnrolAnswer(BaseModel):
    """Told once. Nothing is asked at sign-in before a code of the app has confirmed it."""

    secret: str
    otpauth_url: str
    qr_svg: str = Field(description="The address as a picture.")


class ConfirmBody(Body):
    code: SecretStr = Field(min_length=1, max_length=40, description="Six digits of the app.")


class ProofBody(Body):
    password: SecretStr = Field(max_length=1024)
    code: SecretStr = CODE


class RecoveryCodesAnswer(BaseModel):
    """Told once; each lets in once."""

    recovery_codes: list[str]
