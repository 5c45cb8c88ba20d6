"""Sending a file, reading it back, taking it back: what is accepted, what is refused, and how it is served."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import httpx
import pytest
import sqlalchemy as sa

from api.problems import BODY_LIMIT
from domain.uploads import UPLOAD_LIMIT
from infra.database.models import Upload
from infra.storage.factory import build_storage
from infra.storage.store import NotStored, UploadVariant, upload_key
from tests.api.conftest import Desk
from tests.support.application import Application
from tests.support.journey import Journey
from tests.support.problems import assert_problem
from tests.support.uploads import fetch, send_file, upload
from tests.unit.uploads.pictures import (
    EXE,
    HTML,
    PDF,
    SVG,
    ZIP,
    animation,
    bomb,
    opened,
    picture,
    turned,
)

LOG = b"2026-11-20T10:00:00Z ERROR <script>alert(1)</script> disk full\r\n"


async def rows(application: Application, *ids: object) -> list[Upload]:
    async with application.database.admin() as db:
        found = await db.execute(sa.select(Upload).where(Upload.id.in_([UUID(str(one)) for one in ids])))
        return list(found.scalars())


async def test_a_picture_is_accepted_measured_and_served_with_a_thumbnail(desk: Desk) -> None:
    data = picture("PNG", (1200, 600))
    sent = await upload(desk.engineer, data, "What I see.png")
    assert sent["file_name"] == "What I see.png"
    assert sent["content_type"] == "image/png"
    assert sent["size_bytes"] == len(data)
    assert (sent["width"], sent["height"], sent["has_thumbnail"]) == (1200, 600, True)
    assert sent["session_id"] is None
    assert sent["created_by"] == str(desk.tenant.user_id())
    original = await fetch(desk.engineer, sent["content_url"])
    assert original.status_code == 200
    assert original.content == data
    thumbnail = await fetch(desk.engineer, sent["thumbnail_url"])
    assert thumbnail.status_code == 200
    assert opened(thumbnail.content).size == (320, 160)
    assert thumbnail.headers["content-type"] in ("image/png", "image/jpeg")


@pytest.mark.parametrize(
    ("data", "content_type", "thumbnail"),
    [
        (picture("JPEG"), "image/jpeg", True),
        (picture("WEBP"), "image/webp", True),
        (animation(), "image/gif", True),
        (LOG, "text/plain; charset=utf-8", False),
        ("Größe".encode("utf-16"), "text/plain; charset=utf-16", False),
        (PDF, "application/pdf", False),
    ],
)
async def test_the_type_is_told_by_the_content_and_never_by_name_or_declaration(
    desk: Desk, data: bytes, content_type: str, thumbnail: bool
) -> None:
    sent = await upload(desk.engineer, data, "something.exe")
    assert sent["content_type"] == content_type
    assert sent["has_thumbnail"] is thumbnail
    assert (sent.get("thumbnail_url") is not None) is thumbnail
    served = await fetch(desk.engineer, sent["content_url"])
    assert served.headers["content-type"] == content_type
    assert served.content == data


async def test_a_photograph_is_measured_as_it_is_shown_and_kept_as_it_came(desk: Desk) -> None:
    data = turned(6, (640, 480))
    sent = await upload(desk.engineer, data, "photo.jpg")
    assert (sent["width"], sent["height"]) == (480, 640)
    assert (await fetch(desk.engineer, sent["content_url"])).content == data
    thumbnail = (await fetch(desk.engineer, sent["thumbnail_url"])).content
    assert opened(thumbnail).size == (240, 320)
    assert b"CameraOfACustomer" not in thumbnail


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (HTML, "screenshot.png"),
        (SVG, "drawing.svg"),
        (SVG, "drawing.txt"),
        (b"\x89PNG\r\n\x1a\n" + HTML, "screenshot.png"),
        (b"GIF89a/*" + SVG, "animation.gif"),
        (ZIP, "logs.txt"),
        (EXE, "setup.log"),
        (picture("PNG")[:300], "half.png"),
        (picture("TIFF"), "scan.png"),
        (picture("BMP"), "paint.png"),
        (b"a\x00b", "text.txt"),
    ],
)
async def test_what_is_not_allowed_is_refused_and_nothing_of_it_is_kept(
    desk: Desk, application: Application, data: bytes, name: str
) -> None:
    key = {"Idempotency-Key": f"refused-{uuid4()}"}
    assert_problem(await send_file(desk.engineer, data, name, **key), 415, "upload_type_not_allowed")
    sha256 = hashlib.sha256(data).hexdigest()
    async with application.database.admin() as db:
        kept = await db.execute(sa.select(Upload.id).where(Upload.sha256 == sha256))
        assert kept.first() is None


async def test_a_picture_that_claims_too_many_pixels_is_refused(desk: Desk) -> None:
    problem = assert_problem(await send_file(desk.engineer, bomb(30_000)), 422, "upload_too_many_pixels")
    assert "50 million" in problem["detail"]


async def test_an_empty_file_is_refused(desk: Desk) -> None:
    assert_problem(await send_file(desk.engineer, b"", "empty.log"), 422, "upload_empty")


async def test_ten_megabytes_are_accepted_and_one_byte_more_is_not(desk: Desk) -> None:
    data = b"x" * UPLOAD_LIMIT
    sent = await upload(desk.engineer, data, "large.log")
    assert sent["size_bytes"] == UPLOAD_LIMIT
    assert (await fetch(desk.engineer, sent["content_url"])).content == data
    assert_problem(await send_file(desk.engineer, data + b"x", "larger.log"), 413, "upload_too_large")
    assert_problem(await send_file(desk.engineer, data * 2, "twice.log"), 413, "upload_too_large")


async def test_a_file_that_never_ends_is_refused_while_it_is_still_being_sent(desk: Desk) -> None:
    boundary = "b" * 20
    given = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal given
        yield (
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.log"\r\n\r\n'
        ).encode()
        while given < 20 * UPLOAD_LIMIT:
            given += 65_536
            yield b"x" * 65_536
            await asyncio.sleep(0)

    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    answer = await desk.engineer.post("/uploads", content=endless(), headers=headers)
    assert_problem(answer, 413, "upload_too_large")


@pytest.mark.parametrize("path", ["/ai-sessions", "/uploads/", "/uploads/extra"])
async def test_other_addresses_still_take_no_large_bodies(desk: Desk, path: str) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(BODY_LIMIT // 4096 + 2):
            yield b"x" * 4096

    answer = await desk.engineer.post(path, content=b"x" * (BODY_LIMIT + 1))
    assert_problem(answer, 413, "body_too_large")
    if path == "/ai-sessions":
        headers = {"Content-Type": "application/json"}
        answer = await desk.engineer.post(path, content=chunks(), headers=headers)
        assert_problem(answer, 413, "body_too_large")


async def test_only_one_file_in_the_field_of_that_name_is_taken(desk: Desk) -> None:
    part = ("a.png", picture(), "image/png")
    boundary = "--x\r\nContent-Disposition: form-data; name=file; filename=a\r\n\r\nno end"
    multipart = {"Content-Type": "multipart/form-data; boundary=x"}
    for answer in (
        await desk.engineer.post("/uploads", files=[("file", part), ("file", part)]),
        await desk.engineer.post("/uploads", files={"picture": part}),
        await desk.engineer.post("/uploads", files={"file": part}, data={"more": "x"}),
        await desk.engineer.post("/uploads", files={"file": (None, b"no file name")}),
        await desk.engineer.post("/uploads", data={"file": "x"}),
        await desk.engineer.post("/uploads", json={"file": "x"}),
        await desk.engineer.post("/uploads", content=picture(), headers={"Content-Type": "image/png"}),
        await desk.engineer.post("/uploads", content=boundary, headers=multipart),
        await desk.engineer.post("/uploads", content=b"x", headers={"Content-Type": "multipart/form-data"}),
        await desk.engineer.post("/uploads"),
    ):
        assert "file" in assert_problem(answer, 422, "upload_malformed")["detail"]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\Desktop\\error.log", "error.log"),
        ("a" * 400 + ".log", "a" * 251 + ".log"),
        ("Größe 日本.log", "Größe 日本.log"),
        ("100% 'sure'; x=y.log", "100% 'sure'; x=y.log"),
    ],
)
async def test_a_name_is_cleaned_and_comes_back_whole_in_every_header(
    desk: Desk, name: str, kept: str
) -> None:
    sent = await upload(desk.engineer, LOG, name)
    assert sent["file_name"] == kept
    served = await fetch(desk.engineer, sent["content_url"])
    disposition = served.headers["content-disposition"]
    assert disposition.isascii()
    plain, encoded = disposition.removeprefix("attachment; ").split("; filename*=UTF-8''")
    assert httpx.QueryParams(f"name={encoded}")["name"] == kept
    assert plain.startswith('filename="')
    assert plain.count('"') == 2


@pytest.mark.parametrize(
    ("data", "disposition"),
    [(picture("PNG"), "inline"), (picture("WEBP"), "inline"), (LOG, "attachment"), (PDF, "attachment")],
)
async def test_only_pictures_are_shown_in_a_page_and_nothing_can_run(
    desk: Desk, data: bytes, disposition: str
) -> None:
    sent = await upload(desk.engineer, data, "page.html")
    for address in (sent["content_url"], sent.get("thumbnail_url")):
        if address is None:
            continue
        headers = (await fetch(desk.engineer, address)).headers
        assert headers["content-disposition"].startswith(f"{disposition}; ")
        assert headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in headers["content-security-policy"]
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["cache-control"] == "private, no-store"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert not {"text/html", "image/svg+xml"} & set(headers.get_list("content-type"))


async def test_the_same_key_sends_a_file_once_and_another_file_is_refused(
    desk: Desk, application: Application
) -> None:
    key = {"Idempotency-Key": f"file-{uuid4()}"}
    data, other = picture("PNG", (70, 70)), picture("PNG", (71, 70))
    answers = [*await asyncio.gather(*(send_file(desk.engineer, data, **key) for _ in range(4)))]
    answers.append(await send_file(desk.engineer, data, "renamed.png", **key))
    assert {answer.status_code for answer in answers} == {201}
    [sent] = {(answer.json()["id"], answer.json()["file_name"]) for answer in answers}
    assert len(await rows(application, sent[0])) == 1
    assert_problem(await send_file(desk.engineer, other, **key), 422, "idempotency_key_reused")
    served = await fetch(desk.engineer, answers[0].json()["content_url"])
    assert served.content == data, "what was refused has replaced nothing"
    mine = await send_file(desk.admin, other, **key)
    assert mine.status_code == 201, "a key belongs to whoever sent it"
    assert mine.json()["id"] != sent[0]


async def test_without_a_key_each_file_is_its_own(desk: Desk) -> None:
    assert (await upload(desk.engineer))["id"] != (await upload(desk.engineer))["id"]


async def test_everybody_in_the_account_may_read_a_file_and_nobody_else(
    desk: Desk, other_engineer: httpx.AsyncClient
) -> None:
    sent = await upload(desk.engineer)
    again = (await desk.viewer.get(f"/uploads/{sent['id']}")).json()
    assert (await fetch(desk.viewer, again["content_url"])).status_code == 200
    told = []
    for upload_id in (sent["id"], str(uuid4())):
        for method in ("GET", "DELETE"):
            answer = await other_engineer.request(method, f"/uploads/{upload_id}")
            problem = assert_problem(answer, 404, "upload_not_found")
            told.append({name: value for name, value in problem.items() if name != "request_id"})
    assert all(one == told[0] for one in told)
    assert (await fetch(desk.engineer, sent["content_url"])).status_code == 200


async def test_a_viewer_sends_and_deletes_nothing(desk: Desk) -> None:
    sent = await upload(desk.engineer)
    assert_problem(await send_file(desk.viewer, picture()), 403, "permission_denied")
    assert_problem(await desk.viewer.delete(f"/uploads/{sent['id']}"), 403, "permission_denied")
    assert (await desk.engineer.get(f"/uploads/{sent['id']}")).status_code == 200


async def test_who_has_not_signed_in_sends_no_file(application: Application) -> None:
    async with httpx.AsyncClient(base_url=f"{application.url}/api/v1") as nobody:
        assert_problem(await send_file(nobody, picture()), 401, "token_missing")


async def test_an_upload_is_taken_back_with_its_bytes(desk: Desk, application: Application) -> None:
    sent = await upload(desk.engineer)
    assert (await desk.engineer.delete(f"/uploads/{sent['id']}")).status_code == 204
    assert await rows(application, sent["id"]) == []
    store = build_storage(application.settings)
    for variant in UploadVariant:
        with pytest.raises(NotStored):
            await store.get(upload_key(desk.tenant.account_id, UUID(sent["id"]), variant))
    assert_problem(await fetch(desk.engineer, sent["content_url"]), 404, "upload_not_found")
    assert_problem(await desk.engineer.get(f"/uploads/{sent['id']}"), 404, "upload_not_found")
    assert_problem(await desk.engineer.delete(f"/uploads/{sent['id']}"), 404, "upload_not_found")


async def test_only_its_sender_takes_an_upload_back(desk: Desk) -> None:
    sent = await upload(desk.engineer)
    assert_problem(await desk.owner.delete(f"/uploads/{sent['id']}"), 404, "upload_not_found")
    assert (await desk.engineer.get(f"/uploads/{sent['id']}")).status_code == 200


async def test_a_file_that_was_sent_with_a_message_stays(desk: Desk) -> None:
    sent = await upload(desk.engineer)
    journey = await Journey.start(desk.engineer, upload_ids=[sent["id"]])
    assert_problem(await desk.engineer.delete(f"/uploads/{sent['id']}"), 409, "upload_in_use")
    found = (await desk.viewer.get(f"/uploads/{sent['id']}")).json()
    assert found["session_id"] == journey.id
    assert (await fetch(desk.viewer, found["content_url"])).status_code == 200


async def test_bytes_that_are_gone_are_not_found(desk: Desk, application: Application) -> None:
    sent = await upload(desk.engineer)
    store = build_storage(application.settings)
    await store.delete(upload_key(desk.tenant.account_id, UUID(sent["id"]), UploadVariant.ORIGINAL))
    assert_problem(await fetch(desk.engineer, sent["content_url"]), 404, "upload_not_found")
    assert (await fetch(desk.engineer, sent["thumbnail_url"])).status_code == 200


async def test_a_repeat_mends_an_upload_whose_bytes_never_arrived(
    desk: Desk, application: Application
) -> None:
    key = {"Idempotency-Key": f"half-{uuid4()}"}
    data = picture()
    sent = (await send_file(desk.engineer, data, **key)).json()
    store = build_storage(application.settings)
    for variant in UploadVariant:
        await store.delete(upload_key(desk.tenant.account_id, UUID(sent["id"]), variant))
    again = (await send_file(desk.engineer, data, **key)).json()
    assert again["id"] == sent["id"]
    assert (await fetch(desk.engineer, again["content_url"])).content == data
    assert (await fetch(desk.engineer, again["thumbnail_url"])).status_code == 200


async def test_files_of_text_have_no_thumbnail_to_ask_for(desk: Desk) -> None:
    sent = await upload(desk.engineer, LOG, "a.log")
    assert sent.get("thumbnail_url") is None
    assert sent["has_thumbnail"] is False


async def test_ids_that_are_none_are_refused_as_such(desk: Desk) -> None:
    assert_problem(await desk.engineer.get("/uploads/no-id"), 422, "validation_failed")
    assert_problem(await desk.engineer.delete("/uploads/no-id"), 422, "validation_failed")
