"""What tests of uploads share: pictures by their colours, and the two ways to send one."""

from io import BytesIO
from typing import Any

from PIL import Image
from quart.datastructures import FileStorage
from quart.typing import TestClientProtocol as Browser
from sqlalchemy import text

from service.http.application import Application
from service.storage.transaction import Database
from tests.http.people import bearer
from tests.media.pictures import file_of, noise
from tests.serving import held_by


def picture(seed: int = 0, size: tuple[int, int] = (1400, 900)) -> bytes:
    """A PNG that looks like no other seed's."""
    image = Image.radial_gradient("L").resize(size).convert("RGB")
    image.paste(
        (seed * 37 % 256, seed * 91 % 256, seed * 53 % 256), (0, 0, size[0] // (2 + seed % 5), size[1] // 2)
    )
    image.paste((255 - seed % 256, 20, 200), (size[0] // 3, size[1] // (3 + seed % 4), size[0] // 2, size[1]))
    return file_of(image, "PNG")


def large_picture() -> bytes:
    """A photo of 3 megapixels, which takes a while."""
    return file_of(noise(2000, 1500), "JPEG")


async def send(client: Browser, token: str, data: bytes, *, path: str = "image") -> Any:
    """Send an image as an app does; return the answer."""
    return await client.post(
        f"/api/alpha/upload/{path}",
        headers=bearer(token),
        files={"file": FileStorage(BytesIO(data), filename="x.png")},
    )


async def sent(client: Browser, token: str, data: bytes) -> str:
    """Send an image; return its path within the site."""
    answer = await send(client, token, data)
    body = await answer.get_json()
    assert answer.status_code == 200, body
    return "/" + str(body["url"]).split("/", 3)[3]


async def count(database: Database, table: str) -> int:
    """Count the rows of a table."""
    async with database.read() as db:
        number: int = (await db.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one()
        return number


def stored(app: Application) -> set[str]:
    """The files below the data directory of a site that keeps them on its disk."""
    root = held_by(app).config.data_dir
    folders = (root / "media", root / "waiting")
    return {str(file.relative_to(root)) for folder in folders for file in folder.rglob("*") if file.is_file()}
