"""A server that speaks S3, as a process of its own; one for each process of the test run."""

import http.client
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from pathlib import Path

from service.config import StoreConfig
from tests.lifecycle.drills import eventually
from tests.serving import free_port

BUCKET = "pictures"


class S3Server:
    """A running server, with one bucket."""

    def __init__(self, port: int) -> None:
        self.port = port

    def config(self) -> StoreConfig:
        """Return the settings of a site that keeps its images there."""
        return StoreConfig(
            kind="s3",
            s3_bucket=BUCKET,
            s3_endpoint=f"http://127.0.0.1:{self.port}",
            s3_access_key="test",
            s3_secret_key="test",
            s3_timeout=5,
            at_once=100,
        )

    def empty(self) -> None:
        """Forget everything, and make the bucket anew."""
        self.ask("POST", "/moto-api/reset")
        self.ask("PUT", f"/{BUCKET}")

    def headers_of(self, key: str) -> Message:
        """Return the headers of an object."""
        return self.ask("HEAD", f"/{BUCKET}/{key}")

    def ask(self, method: str, path: str) -> Message:
        """Make a request that needs no signature, and see that it was granted."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            # The server reads the region from the signature, and checks nothing of it.
            scope = "Credential=test/20260101/us-east-1/s3/aws4_request"
            headers = {"Authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0"}
            connection.request(method, path, headers=headers)
            answer = connection.getresponse()
            answer.read()
            assert answer.status < 300, (method, path, answer.status)
            return answer.headers
        finally:
            connection.close()


@contextmanager
def s3_server(folder: Path) -> Iterator[S3Server]:
    """Start a server, and end it."""
    port = free_port()
    with (folder / "s3.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    server = S3Server(port)
    try:
        eventually(lambda: _answers(server))
        yield server
    finally:
        process.kill()
        process.wait()


def _answers(server: S3Server) -> bool:
    try:
        server.empty()
    except OSError:
        return False
    return True
