"""What Temporal gets to see of a payload, and who can read it again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import SecretStr
from temporalio.api.common.v1 import Payload
from temporalio.converter import WorkflowSerializationContext

from infra.storage.local import LocalStore
from infra.temporal.codec import CLAIM_OVER, EncryptingCodec, PayloadForged, PayloadLost
from infra.temporal.decoding import ANSWER_LIMIT, decode_for_people
from infra.temporal.payload_keys import PayloadKeys, PayloadKeyUnknown

OLD, NEW = SecretStr("b2xkLWtleQ=="), SecretStr("bmV3LWtleQ==")
SAID = b'"The password of the printer is Zanzibar"'
INCOMPRESSIBLE = os.urandom(200 * 1024)


def said(data: bytes = SAID) -> Payload:
    return Payload(metadata={"encoding": b"json/plain"}, data=data)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "objects"


def codec(folder: Path, *keys: SecretStr, workflow: str | None = "session/1") -> EncryptingCodec:
    made = EncryptingCodec(PayloadKeys(keys or (OLD,)), LocalStore(folder))
    return made.with_context(WorkflowSerializationContext("default", workflow)) if workflow else made


def objects(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("data", [b"", b"1", SAID, SAID * 100, INCOMPRESSIBLE], ids=len)
async def test_what_was_encoded_is_decoded_as_it_was(folder: Path, data: bytes) -> None:
    encoded = await codec(folder).encode([said(data), said()])
    assert await codec(folder).decode(encoded) == [said(data), said()]


async def test_nothing_of_a_payload_can_be_seen_but_its_size_and_the_key_it_needs(folder: Path) -> None:
    [first], [second] = await codec(folder).encode([said()]), await codec(folder).encode([said()])
    assert set(first.metadata) == {"encoding", "key-id"}
    assert b"Zanzibar" not in first.SerializeToString()
    assert b"json/plain" not in first.SerializeToString()
    assert first.data != second.data, "not even that two are equal"


async def test_a_payload_that_repeats_itself_takes_less_room_than_before(folder: Path) -> None:
    [encoded] = await codec(folder).encode([said(SAID * 20)])
    assert encoded.ByteSize() < said(SAID * 20).ByteSize() / 2


async def test_the_id_of_a_key_stays_and_is_not_the_key(folder: Path) -> None:
    [encoded] = await codec(folder, NEW, OLD).encode([said()])
    key_id = encoded.metadata["key-id"].decode()
    assert key_id == PayloadKeys([NEW]).newest.id != PayloadKeys([OLD]).newest.id
    assert len(bytes.fromhex(key_id)) == 4


async def test_a_new_key_is_used_at_once_and_the_old_one_still_opens(folder: Path) -> None:
    before = await codec(folder, OLD).encode([said()])
    after = await codec(folder, NEW, OLD).encode([said()])
    assert before[0].metadata["key-id"] != after[0].metadata["key-id"]
    assert await codec(folder, NEW, OLD).decode(before + after) == [said(), said()]
    assert await codec(folder, OLD, NEW).decode(before + after) == [said(), said()], "before it is put first"


async def test_a_key_that_is_missing_is_named_and_the_error_says_what_to_do(folder: Path) -> None:
    encoded = await codec(folder, OLD).encode([said()])
    with pytest.raises(PayloadKeyUnknown) as caught:
        await codec(folder, NEW).decode(encoded)
    assert caught.value.key_id == encoded[0].metadata["key-id"].decode()
    for words in (caught.value.key_id, "RESOLUTIONFLOW_SECRET_KEYS", "add that key"):
        assert words in str(caught.value)


async def test_a_payload_of_another_workflow_is_refused(folder: Path) -> None:
    encoded = await codec(folder).encode([said()])
    with pytest.raises(PayloadForged):
        await codec(folder, workflow="session/2").decode(encoded)
    assert await codec(folder, workflow=None).decode(encoded) == [said()], "people may read all of them"


async def test_a_payload_cannot_be_relabelled_for_another_workflow(folder: Path) -> None:
    [ours], [theirs] = (
        await codec(folder).encode([said()]),
        await codec(folder, workflow="session/2").encode([said()]),
    )
    ours.data = theirs.data[:17] + ours.data[17:]
    for reader in ("session/2", None):
        with pytest.raises(PayloadForged):
            await codec(folder, workflow=reader).decode([ours])


@pytest.mark.parametrize("position", [0, 1, 20, -1])
async def test_a_payload_that_was_changed_is_refused(folder: Path, position: int) -> None:
    [encoded] = await codec(folder).encode([said()])
    changed = bytearray(encoded.data)
    changed[position] ^= 2
    encoded.data = bytes(changed)
    with pytest.raises(PayloadForged):
        await codec(folder).decode([encoded])
    for garbage in (b"", b"\x02", bytes(14)):
        encoded.data = garbage
        with pytest.raises(PayloadForged):
            await codec(folder).decode([encoded])


async def test_what_was_never_encrypted_is_passed_on(folder: Path) -> None:
    assert await codec(folder).decode([said()]) == [said()]


async def test_a_large_payload_lies_encrypted_in_the_store_and_only_its_claim_in_temporal(
    folder: Path,
) -> None:
    large = said(SAID + INCOMPRESSIBLE)
    [encoded] = await codec(folder).encode([large])
    assert encoded.ByteSize() < 300
    [stored] = objects(folder)
    assert stored.parent.name == "temporal-payloads", "no account in its name"
    assert b"Zanzibar" not in stored.read_bytes()
    assert stored.name.encode() not in encoded.SerializeToString(), "the claim is encrypted too"
    assert await codec(folder).decode([encoded]) == [large]


async def test_only_what_is_larger_than_the_limit_is_claimed(folder: Path) -> None:
    overhead = (
        len((await codec(folder).encode([said(INCOMPRESSIBLE[: CLAIM_OVER // 2])]))[0].data) - CLAIM_OVER // 2
    )
    fits = INCOMPRESSIBLE[: CLAIM_OVER - overhead - 8]
    await codec(folder).encode([said(fits)])
    assert objects(folder) == []
    await codec(folder).encode([said(fits + b"0123456789")])
    assert len(objects(folder)) == 1


async def test_a_step_that_is_tried_again_stores_its_large_payload_once(folder: Path) -> None:
    for _ in range(2):
        await codec(folder).encode([said(INCOMPRESSIBLE)])
    assert len(objects(folder)) == 1
    await codec(folder, workflow="session/2").encode([said(INCOMPRESSIBLE)])
    assert len(objects(folder)) == 2, "no two sessions share an object"


async def test_an_object_that_is_gone_is_named(folder: Path) -> None:
    encoded = await codec(folder).encode([said(INCOMPRESSIBLE)])
    [stored] = objects(folder)
    stored.unlink()
    with pytest.raises(PayloadLost, match=f"temporal-payloads/{stored.name}"):
        await codec(folder).decode(encoded)


async def test_an_object_that_was_exchanged_is_refused(folder: Path) -> None:
    encoded = await codec(folder).encode([said(INCOMPRESSIBLE)])
    [stored] = objects(folder)
    await codec(folder).encode([said(INCOMPRESSIBLE + b"other")])
    [other] = [path for path in objects(folder) if path != stored]
    stored.write_bytes(other.read_bytes())
    with pytest.raises(PayloadForged):
        await codec(folder).decode(encoded)


async def test_people_read_why_a_payload_cannot_be_read_beside_those_that_can(folder: Path) -> None:
    encoded = await codec(folder, OLD).encode([said()]) + await codec(folder, NEW).encode([said()])
    decoded, unread = await decode_for_people(codec(folder, NEW, workflow=None), encoded)
    assert (decoded[1], unread) == (said(), 1)
    assert PayloadKeys([OLD]).newest.id in decoded[0].data.decode()


async def test_claims_do_not_make_an_answer_of_any_size(folder: Path) -> None:
    claims = await codec(folder).encode([said(INCOMPRESSIBLE)])
    many = ANSWER_LIMIT // len(INCOMPRESSIBLE) + 3
    decoded, unread = await decode_for_people(codec(folder, workflow=None), claims * many)
    assert len(decoded) == many
    assert 2 <= unread <= 4
    assert sum(one.ByteSize() for one in decoded) <= ANSWER_LIMIT + 1024
