"""A backup where it is: an object in Cloud Storage, a file in Google Drive, or one on a disk.

It is read in pieces, each of which is asked for again when a connection breaks, so that nothing of it needs a disk.
"""

import io
import json
import os
import time
import urllib.error
import urllib.parse
import urllib.request

# What Terraform granted a moment ago may take minutes to count: https://cloud.google.com/iam/docs/access-change-propagation
RIGHTS_SECONDS = 420
PIECE = 8 * 2**20
TRIES = 6
# https://developers.google.com/workspace/drive/api/guides/api-specific-auth
DRIVE_SCOPE = "https://www.googleapis.com/auth/drive.readonly"


class Refused(Exception):
    """What is wrong with a backup or with the settings, for whoever reads the log."""


class Google:
    """Google's APIs as the pod's own identity."""

    def __init__(self, scope: str = "") -> None:
        self.scope = scope
        self.token = ""
        self.until = 0.0

    def authorization(self) -> str:
        # By hand, outside Google Cloud: gcloud auth print-access-token
        given = os.environ.get("GOOGLE_OAUTH_ACCESS_TOKEN")
        if given:
            return f"Bearer {given}"
        if time.time() > self.until:
            root = os.environ.get("METADATA_ENDPOINT", "http://metadata.google.internal")
            # https://cloud.google.com/run/docs/securing/service-identity#access_tokens
            query = f"?scopes={urllib.parse.quote(self.scope, safe='')}" if self.scope else ""
            address = f"{root}/computeMetadata/v1/instance/service-accounts/default/token{query}"
            answer = json.loads(self._try(urllib.request.Request(address, headers={"Metadata-Flavor": "Google"})))
            self.token = answer["access_token"]
            self.until = time.time() + int(answer.get("expires_in", 0)) - 120
        return f"Bearer {self.token}"

    def get(self, address: str, headers: dict | None = None) -> bytes:
        return self.send("GET", address, headers)

    def send(self, method: str, address: str, headers: dict | None = None, body: bytes | None = None) -> bytes:
        # As it is stored: Cloud Storage would unpack what says that it is compressed, and then knows no ranges.
        known = {"Authorization": self.authorization(), "Accept-Encoding": "gzip", **(headers or {})}
        return self._try(urllib.request.Request(address, data=body, headers=known, method=method))

    @staticmethod
    def _try(request: urllib.request.Request) -> bytes:
        for attempt in range(TRIES):
            last = attempt == TRIES - 1
            try:
                with urllib.request.urlopen(request, timeout=60) as response:
                    return response.read()
            except urllib.error.HTTPError as error:
                if last or (error.code < 500 and error.code not in (408, 429)):
                    raise
            except (OSError, EOFError) as error:
                if last:
                    raise Refused(f"{urllib.parse.urlsplit(request.full_url).netloc} does not answer: {error}") from error
            except ValueError as error:
                # http.client.IncompleteRead and the like
                if last:
                    raise Refused(f"the answer of {urllib.parse.urlsplit(request.full_url).netloc} breaks off: {error}") from error
            time.sleep(float(os.environ.get("RETRY_SECONDS", "1")) * 2**attempt)
        raise AssertionError


class Backup:
    """A backup of which the size and the version are known."""

    def __init__(self, address: str, name: str, size: int, version: str) -> None:
        self.address = address
        self.name = name
        self.size = size
        self.version = version

    def piece(self, start: int, end: int) -> bytes:
        """@returns the bytes from start to before end"""
        raise NotImplementedError

    def open(self) -> io.BufferedReader:
        return io.BufferedReader(Pieces(self), PIECE)


class Pieces(io.RawIOBase):
    """A backup as a file that can be read from anywhere."""

    def __init__(self, backup: Backup) -> None:
        self.backup = backup
        self.position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self.position, io.SEEK_END: self.backup.size}[whence]
        self.position = max(0, base + offset)
        return self.position

    def readinto(self, buffer) -> int:
        end = min(self.position + len(buffer), self.backup.size)
        if end <= self.position:
            return 0
        data = self.backup.piece(self.position, end)
        if len(data) != end - self.position:
            raise Refused(f"{self.backup.address} gave {len(data)} bytes where {end - self.position} were asked for")
        buffer[: len(data)] = data
        self.position = end
        return len(data)


class Remote(Backup):
    def __init__(self, google: Google, media: str, *known) -> None:
        super().__init__(*known)
        self.google = google
        self.media = media

    def piece(self, start: int, end: int) -> bytes:
        try:
            return self.google.get(self.media, {"Range": f"bytes={start}-{end - 1}"})
        except urllib.error.HTTPError as error:
            raise Refused(f"{self.address} cannot be read on: {error.code} {error.reason}") from error


class Local(Backup):
    def __init__(self, path: str) -> None:
        super().__init__(path, os.path.basename(path), os.path.getsize(path), "")

    def piece(self, start: int, end: int) -> bytes:
        with open(self.address, "rb") as file:
            file.seek(start)
            return file.read(end - start)


def patiently(ask):
    """@returns an answer, once rights count that were granted a moment ago"""
    end = time.time() + float(os.environ.get("RIGHTS_SECONDS", RIGHTS_SECONDS))
    while True:
        try:
            return ask()
        except urllib.error.HTTPError as error:
            if error.code != 403 or time.time() > end:
                raise
            time.sleep(5)


def storage_object(bucket: str, name: str) -> Backup:
    google = Google()
    root = os.environ.get("STORAGE_ENDPOINT", "https://storage.googleapis.com")
    at = f"{root}/storage/v1/b/{urllib.parse.quote(bucket, safe='')}/o/{urllib.parse.quote(name, safe='')}"
    address = f"gs://{bucket}/{name}"
    try:
        found = json.loads(patiently(lambda: google.get(f"{at}?fields=generation,size")))
    except urllib.error.HTTPError as error:
        if error.code == 404:
            raise Refused(f"{address} does not exist. Set backup_uri and backup_file to the object that holds the backup.") from error
        raise Refused(f"{address} cannot be read: {error.code} {error.reason}. The job's identity needs storage.objects.get there.") from error
    generation = found["generation"]
    media = f"{at}?alt=media&generation={generation}"
    return Remote(google, media, address, name.rsplit("/", 1)[-1], int(found["size"]), generation)


def drive_file(identifier: str) -> Backup:
    google = Google(DRIVE_SCOPE)
    root = os.environ.get("DRIVE_ENDPOINT", "https://www.googleapis.com")
    at = f"{root}/drive/v3/files/{urllib.parse.quote(identifier, safe='')}?supportsAllDrives=true"
    address = f"Google Drive file {identifier}"
    try:
        found = json.loads(google.get(f"{at}&fields=name,size,headRevisionId,md5Checksum"))
    except urllib.error.HTTPError as error:
        if error.code in (403, 404):
            raise Refused(
                f"{address} cannot be read ({error.code}): Drive shows a file to those only that it is shared with. Share it "
                "with the environment's service account (gcloud iam service-accounts list), or copy it to a bucket and set "
                'backup_source = "gcs".'
            ) from error
        raise Refused(f"{address} cannot be read: {error.code} {error.reason}") from error
    if "size" not in found:
        raise Refused(f"{address} ({found.get('name')}) is a document of Google's own and not a file: a backup is a file.")
    version = found.get("headRevisionId") or found.get("md5Checksum", "")
    return Remote(google, f"{at}&alt=media", address, found["name"], int(found["size"]), version)
