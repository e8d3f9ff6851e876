"""Whoever comes from elsewhere to do something is led to where it can be done."""

from quart.typing import TestClientProtocol as Browser

LED = {
    "/share?url=https%3A%2F%2Fexample.com%2F%3Fa%3Db": "/submit?url=https%3A%2F%2Fexample.com%2F%3Fa%3Db",
    "/share": "/submit",
    "/c/cats/subscribe": "/c/cats",
    "/c/cats@lemmy.example/subscribe": "/c/cats@lemmy.example",
    "/authorize_interaction?uri=https://lemmy.example/c/cats": "/search?q=https%3A%2F%2Flemmy.example%2Fc%2Fcats",
    "/activitypub/externalInteraction?uri=!cats@lemmy.example": "/search?q=%21cats%40lemmy.example",
}


async def test_they_are_led_there(client: Browser) -> None:
    for path, there in LED.items():
        answer = await client.get(path)
        assert (answer.status_code, answer.location) == (303, there), path
