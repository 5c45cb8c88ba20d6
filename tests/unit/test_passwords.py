"""Passwords are checked at the same price whether the user exists or not."""

from __future__ import annotations

from argon2 import extract_parameters

from infra import passwords


async def test_checking_the_password_of_nobody_costs_what_checking_a_real_one_costs() -> None:
    real = await passwords.hash_password("correct horse battery")
    assert extract_parameters(passwords._NOBODY) == extract_parameters(real)


async def test_only_the_right_password_of_somebody_matches() -> None:
    stored = await passwords.hash_password("correct horse battery")
    assert await passwords.password_matches("correct horse battery", stored)
    assert not await passwords.password_matches("correct horse", stored)
    assert not await passwords.password_matches("correct horse battery", None)
