"""Pictures for people and for models: small, upright, and without what a camera wrote into them."""

from __future__ import annotations

import pytest
from PIL import Image

from infra.files.pictures import NotAPicture, Picture, TooManyPixels, prepare_for_model, read_picture
from tests.unit.uploads.pictures import (
    animation,
    bomb,
    is_blue,
    is_red,
    noise,
    opened,
    picture,
    saved,
    tagged,
    turned,
)

# Where the red quarter is on the screen, by orientation tag: x and y as parts of the picture.
CORNERS = {
    1: (0.25, 0.25),
    2: (0.75, 0.25),
    3: (0.75, 0.75),
    4: (0.25, 0.75),
    5: (0.25, 0.25),
    6: (0.75, 0.25),
    7: (0.75, 0.75),
    8: (0.25, 0.75),
}


def at(image: Image.Image, x: float, y: float) -> object:
    return image.convert("RGB").getpixel((int(image.width * x), int(image.height * y)))


@pytest.mark.parametrize("orientation", CORNERS)
def test_pictures_are_turned_as_the_camera_says(orientation: int) -> None:
    for made in (read_picture(turned(orientation))[1], prepare_for_model(turned(orientation))):
        image = opened(made.data)
        assert (image.width > image.height) == (orientation < 5)
        x, y = CORNERS[orientation]
        assert is_red(at(image, x, y))
        assert is_blue(at(image, 1 - x, 1 - y))


@pytest.mark.parametrize("data", [turned(1), turned(6), tagged("PNG"), tagged("WEBP")])
def test_nothing_that_a_camera_wrote_stays_in_what_is_made_of_a_picture(data: bytes) -> None:
    for made in (read_picture(data)[1], prepare_for_model(data)):
        assert b"CameraOfACustomer" not in made.data
        assert b"a comment of a customer" not in made.data
        assert not opened(made.data).getexif()


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((4000, 2000), (1568, 784)),
        ((2000, 4000), (784, 1568)),
        ((1568, 1568), (1568, 1568)),
        ((1569, 100), (1568, 100)),
        ((300, 200), (300, 200)),
        ((1, 1), (1, 1)),
        ((9000, 1), (1568, 1)),
    ],
)
def test_a_model_is_given_at_most_1568_pixels_and_never_an_enlarged_picture(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    for kind in ("PNG", "JPEG", "WEBP"):
        assert opened(prepare_for_model(picture(kind, size)).data).size == expected, kind


def test_a_model_is_given_the_smaller_of_png_and_jpeg() -> None:
    photograph = noise("PNG", (800, 600))
    made = prepare_for_model(photograph)
    assert made.content_type == "image/jpeg"
    assert len(made.data) < len(photograph) / 2
    assert prepare_for_model(picture("PNG", (800, 600))).content_type == "image/png"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_model_is_given_png_or_jpeg_only_and_told_which(kind: str) -> None:
    made = prepare_for_model(picture(kind, (800, 600)))
    assert made.content_type in ("image/png", "image/jpeg")
    assert opened(made.data).format == made.content_type.removeprefix("image/").upper()


def test_a_photograph_stays_one() -> None:
    assert prepare_for_model(picture("JPEG", (800, 600))).content_type == "image/jpeg"


def test_of_an_animation_the_model_sees_the_first_frame() -> None:
    image = opened(prepare_for_model(animation((400, 300))).data)
    assert getattr(image, "n_frames", 1) == 1
    assert is_red(at(image, 0.5, 0.5))


def test_what_is_transparent_becomes_white_when_it_becomes_a_jpeg() -> None:
    clear = Image.effect_noise((600, 600), 90).convert("RGBA")
    clear.putalpha(0)
    made = prepare_for_model(saved(clear))
    image = opened(made.data).convert("RGBA")
    shown = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    assert min(shown.getpixel((300, 300))) > 240  # type: ignore[arg-type]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_png_becomes_a_thumbnail(mode: str) -> None:
    deep = saved(Image.new("I;16", (640, 480), 60_000))
    measured, thumbnail = read_picture(deep if mode == "I;16" else picture("PNG", (640, 480), mode))
    assert measured == Picture("image/png", 640, 480)
    assert opened(thumbnail.data).size == (320, 240)


def test_transparency_of_a_picture_is_kept_in_its_thumbnail() -> None:
    _, thumbnail = read_picture(saved(Image.new("RGBA", (400, 400), (255, 0, 0, 0))))
    assert thumbnail.content_type == "image/png"
    assert opened(thumbnail.data).getpixel((5, 5))[3] == 0  # type: ignore[index]


def test_a_picture_in_print_colours_is_shown_in_screen_colours() -> None:
    _, thumbnail = read_picture(picture("JPEG", (640, 480), "CMYK"))
    assert opened(thumbnail.data).mode == "RGB"


@pytest.mark.parametrize("data", [b"", b"no picture", picture("PNG")[:300], picture("JPEG")[:300]])
def test_what_cannot_be_decoded_is_no_picture(data: bytes) -> None:
    with pytest.raises(NotAPicture):
        read_picture(data)
    with pytest.raises(NotAPicture):
        prepare_for_model(data)


def test_a_bomb_is_not_decoded_for_a_model_either() -> None:
    with pytest.raises(TooManyPixels):
        prepare_for_model(bomb(20_000))
