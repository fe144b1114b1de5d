"""The picture of the terminal in the README is what the command shows today, figures apart."""

from __future__ import annotations

import shlex
import xml.etree.ElementTree as ET

import picture
from support.bench import program
from support.validity import SHARED_MACHINE


def drawn() -> list[str]:
    """The lines of the picture."""
    texts = ET.parse(picture.PICTURE).getroot().iter("{http://www.w3.org/2000/svg}text")  # noqa: S314  (our own file)
    return ["".join(text.itertext()) for text in texts]


def test_the_picture_shows_lines_that_the_command_shows_today() -> None:
    code, shown = picture.ended([program(), *picture.COMMAND[1:], *SHARED_MACHINE])
    assert code == 0, shown
    typed = picture.TYPED.splitlines()
    assert drawn()[: len(typed)] == typed
    today = {picture.shape(line) for line in shown.splitlines()}
    # A machine that has other work adds warnings, which the picture has not.
    assert [line for line in drawn()[len(typed) :] if picture.shape(line) not in today] == []


def test_what_was_typed_is_the_command() -> None:
    assert shlex.split(picture.TYPED.removeprefix("$ ").replace("\\\n", "")) == picture.COMMAND


def test_the_picture_is_small_text_for_light_and_dark_pages() -> None:
    text = picture.PICTURE.read_text()
    assert len(text) < 8000 and "prefers-color-scheme: dark" in text
    assert max(map(len, drawn())) <= picture.COLUMNS and "VALID, every objective met" in drawn()


def test_shapes_differ_by_words_alone() -> None:
    assert picture.shape("all     400   9.44ms  1.2s") == picture.shape("\x1b[1mall\x1b[0m  1 226ms  20 us")
    assert picture.shape("p50 9.4 ms") != picture.shape("p90 9.4 ms")
