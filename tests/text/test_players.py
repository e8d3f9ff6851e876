"""Addresses of videos are known with what plays them; nobody else's page is put into a frame."""

import pytest

from service.text.players import player_of

YOUTUBE = "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?autoplay=1"
PLAYED = {
    "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=3": YOUTUBE,
    "https://youtu.be/dQw4w9WgXcQ?si=x": YOUTUBE,
    "https://m.youtube.com/shorts/dQw4w9WgXcQ": YOUTUBE,
    "https://vimeo.com/123456789": "https://player.vimeo.com/video/123456789?dnt=1&autoplay=1",
    "https://tube.example/w/9c9de5e8-0a1e-484a-b099-e80766180a6d": (
        "https://tube.example/videos/embed/9c9de5e8-0a1e-484a-b099-e80766180a6d?autoplay=1"
    ),
    "https://loops.video/v/Abc123": "https://loops.video/v/Abc123/embed",
    "https://files.example/a/CLIP.MP4?x=1": "https://files.example/a/CLIP.MP4?x=1",
}
NOT_PLAYED = (
    "",
    "x",
    "javascript:alert(1)//.mp4",
    "https://youtube.com.evil.example/watch?v=dQw4w9WgXcQ",
    "https://www.youtube.com/watch?v=<script>xx",
    "https://www.youtube.com/@somebody",
    "https://vimeo.com/blog",
    "http://[",
    "https://paper.example/w/short",
)


@pytest.mark.parametrize(("url", "played"), PLAYED.items())
def test_a_video_is_played(url: str, played: str) -> None:
    found = player_of(url)
    assert found is not None
    assert found.url == played


@pytest.mark.parametrize("url", NOT_PLAYED)
def test_anything_else_is_a_link(url: str) -> None:
    assert player_of(url) is None
