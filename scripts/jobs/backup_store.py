"""Writes objects of a bucket as they are made, without knowing how long they will be, and without a disk."""

import hashlib
import json
import os
import time
import urllib.error
import urllib.parse
import urllib.request

from backup_source import TRIES, Google, Refused, patiently

# A multiple of 256 KiB, as each piece but the last has to be.
PIECE = 8 * 2**20
ROOT = "https://storage.googleapis.com"


class Upload:
    """
    One object. It appears when it is closed, whole, or not at all, and never takes the place of another one.

    https://cloud.google.com/storage/docs/performing-resumable-uploads
    """

    def __init__(self, google: Google, bucket: str, name: str) -> None:
        self.google = google
        self.address = f"gs://{bucket}/{name}"
        self.digest = hashlib.sha256()
        self.size = 0
        self.sent = 0
        self.pending = bytearray()
        root = os.environ.get("STORAGE_ENDPOINT", ROOT)
        query = urllib.parse.urlencode({"uploadType": "resumable", "name": name, "ifGenerationMatch": "0"})
        start = f"{root}/upload/storage/v1/b/{urllib.parse.quote(bucket, safe='')}/o?{query}"
        self.session = patiently(lambda: self._begin(start))

    def _begin(self, address: str) -> str:
        headers = {"Authorization": self.google.authorization(), "Content-Type": "application/json"}
        request = urllib.request.Request(address, data=b"{}", headers=headers, method="POST")
        for attempt in range(TRIES):
            try:
                with urllib.request.urlopen(request, timeout=60) as response:
                    return response.headers["Location"]
            except urllib.error.HTTPError as error:
                if error.code < 500 and error.code not in (408, 429):
                    raise
            except OSError:
                pass
            pause(attempt)
        raise Refused(f"{self.address} cannot be begun: Cloud Storage does not answer")

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        self.size += len(data)
        self.pending += data
        while len(self.pending) > PIECE:
            self._send(bytes(self.pending[:PIECE]), "*")
            del self.pending[:PIECE]
        return len(data)

    def close(self) -> dict:
        """@returns what a manifest says of it"""
        self._send(bytes(self.pending), str(self.size))
        self.pending.clear()
        return {"bytes": self.size, "sha256": self.digest.hexdigest()}

    def _send(self, piece: bytes, total: str) -> None:
        start, end = self.sent, self.sent + len(piece)
        for attempt in range(TRIES):
            rest = piece[self.sent - start :]
            span = f"{self.sent}-{end - 1}" if rest else "*"
            status, headers = self._put(f"bytes {span}/{total}", rest)
            if status not in (0, 200, 201, 308, 408, 429) and status < 500:
                raise Refused(f"{self.address} is refused by Cloud Storage ({status}): is there an object of this name already?")
            if status not in (200, 201, 308):
                pause(attempt)
                # What arrived of a piece whose answer did not.
                status, headers = self._put(f"bytes */{total}", b"")
            if status in (200, 201):
                self.sent = end
                return
            if status != 308:
                continue
            self.sent = received(headers)
            if not start <= self.sent <= end:
                raise Refused(f"{self.address}: Cloud Storage has {self.sent} bytes of it, and {start} to {end} were sent")
            if self.sent == end and total == "*":
                return
        raise Refused(f"{self.address} cannot be written on: Cloud Storage does not answer")

    def _put(self, content_range: str, body: bytes) -> tuple[int, dict]:
        request = urllib.request.Request(self.session, data=body, headers={"Content-Range": content_range}, method="PUT")
        try:
            with urllib.request.urlopen(request, timeout=120) as response:
                return response.status, dict(response.headers)
        except urllib.error.HTTPError as error:
            return error.code, dict(error.headers)
        except OSError:
            return 0, {}


def received(headers: dict) -> int:
    span = {name.lower(): value for name, value in headers.items()}.get("range", "")
    return int(span.rsplit("-", 1)[1]) + 1 if span else 0


def pause(attempt: int) -> None:
    time.sleep(float(os.environ.get("RETRY_SECONDS", "1")) * 2**attempt)


def list_objects(google: Google, bucket: str, prefix: str = "") -> list[dict]:
    root = os.environ.get("STORAGE_ENDPOINT", ROOT)
    found: list[dict] = []
    page = ""
    while True:
        query = urllib.parse.urlencode({"prefix": prefix, "fields": "nextPageToken,items(name,size,generation)", "pageToken": page})
        answer = json.loads(google.get(f"{root}/storage/v1/b/{urllib.parse.quote(bucket, safe='')}/o?{query}"))
        found += answer.get("items", [])
        page = answer.get("nextPageToken", "")
        if not page:
            return found
