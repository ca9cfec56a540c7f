#!/usr/bin/env python3
"""Copies the vectors of a Qdrant or a Weaviate in the cluster to a bucket, and deletes copies that are old.

Qdrant makes a snapshot of each collection on each of its pods, which have different parts of it; they are streamed to the bucket and
deleted from the disk. Weaviate writes its backup to the bucket itself. A copy without a manifest is not whole.

Environment:
  STORE          qdrant or weaviate
  NODES          HTTP addresses of all pods, separated by spaces
  API_KEY        of the store; none: it takes requests without one
  BACKUP_BUCKET  where copies go
  BACKUP_FOLDER  in which folder of it: the copies are folders there, named by their time
  KEEP_DAYS      after how many days a copy is deleted, once there is a newer one
"""

import argparse
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

from backup_source import Google, Refused
from backup_store import ROOT, Upload, list_objects

# A snapshot of a large collection takes minutes, and the answer comes when it is done.
ANSWER_SECONDS = 3600
NAME_FORMAT = "%Y%m%dt%H%M%Sz"


def log(message: str) -> None:
    print(f"vector-backup: {message}", flush=True)


def call(method: str, address: str, headers: dict, body: dict | None = None):
    """@returns the open answer of a store"""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(address, data=data, method=method, headers={**headers, "Content-Type": "application/json"})
    return urllib.request.urlopen(request, timeout=ANSWER_SECONDS)


def asked(method: str, address: str, headers: dict, body: dict | None = None) -> dict:
    with call(method, address, headers, body) as response:
        return json.loads(response.read())


def qdrant(google: Google, bucket: str, place: str, nodes: list[str], key: str) -> list[dict]:
    headers = {"api-key": key} if key else {}
    copied: list[dict] = []
    for number, node in enumerate(nodes):
        for collection in sorted(each["name"] for each in asked("GET", f"{node}/collections", headers)["result"]["collections"]):
            at = f"{node}/collections/{urllib.parse.quote(collection, safe='')}/snapshots"
            snapshot = asked("POST", f"{at}?wait=true", headers)["result"]["name"]
            one = f"{at}/{urllib.parse.quote(snapshot, safe='')}"
            try:
                upload = Upload(google, bucket, f"{place}/{collection}/node-{number}.snapshot")
                with call("GET", one, headers) as response:
                    size = response.headers.get("Content-Length")
                    while data := response.read(2**20):
                        upload.write(data)
                if size is not None and int(size) != upload.size:
                    raise Refused(f"{collection} on {node}: the snapshot ends after {upload.size} of {size} bytes")
                written = upload.close()
            finally:
                asked("DELETE", f"{one}?wait=true", headers)
            log(f"{collection} on {node}: {written['bytes']} bytes")
            copied.append({"collection": collection, "node": number, "object": f"{place}/{collection}/node-{number}.snapshot", **written})
    return copied


def heal(node: str, headers: dict, one: dict) -> None:
    """
    A pod that was away gets what the others stored meanwhile only where a collection has asynchronous replication, which no variable of
    Weaviate's turns on: https://docs.weaviate.io/deploy/configuration/async-rep
    """
    replication = one.get("replicationConfig") or {}
    if replication.get("factor", 1) > 1 and not replication.get("asyncEnabled"):
        changed = {**one, "replicationConfig": {**replication, "asyncEnabled": True}}
        asked("PUT", f"{node}/v1/schema/{urllib.parse.quote(one['class'], safe='')}", headers, changed)
        log(f"{one['class']}: pods that were away get what they missed from now on")


def weaviate(name: str, nodes: list[str], key: str) -> list[dict]:
    headers = {"Authorization": f"Bearer {key}"}
    node = nodes[0]
    schema = asked("GET", f"{node}/v1/schema", headers).get("classes") or []
    classes = sorted(each["class"] for each in schema)
    if not classes:
        return []
    for one in schema:
        heal(node, headers, one)
    asked("POST", f"{node}/v1/backups/gcs", headers, {"id": name})
    while True:
        state = asked("GET", f"{node}/v1/backups/gcs/{name}", headers)
        if state["status"] == "SUCCESS":
            return [{"collection": each} for each in classes]
        if state["status"] in ("FAILED", "CANCELED"):
            raise Refused(f"Weaviate's backup {name} is {state['status']}: {state.get('error', '')}")
        time.sleep(float(os.environ.get("POLL_SECONDS", "5")))


def forget(google: Google, bucket: str, folder: str, days: int, now: float) -> None:
    """Deletes copies that are older, but never the newest whole one."""
    objects = [each["name"] for each in list_objects(google, bucket, f"{folder}/")]
    whole = sorted(name.split("/")[-2] for name in objects if name.endswith("/manifest.json"))
    oldest = time.strftime(NAME_FORMAT, time.gmtime(now - days * 86400))
    root = os.environ.get("STORAGE_ENDPOINT", ROOT)
    gone = set()
    for name in objects:
        copy = name[len(folder) + 1 :].split("/")[0]
        if copy < oldest and copy not in whole[-1:]:
            google.send("DELETE", f"{root}/storage/v1/b/{urllib.parse.quote(bucket, safe='')}/o/{urllib.parse.quote(name, safe='')}")
            gone.add(copy)
    if gone:
        log(f"deleted {len(gone)} older copies: {' '.join(sorted(gone))}")


def run() -> None:
    missing = [name for name in ("STORE", "NODES", "BACKUP_BUCKET", "BACKUP_FOLDER", "KEEP_DAYS") if not os.environ.get(name)]
    if missing:
        raise Refused(f"{', '.join(missing)} is not set")
    store, bucket, folder = (os.environ[name] for name in ("STORE", "BACKUP_BUCKET", "BACKUP_FOLDER"))
    nodes, key = os.environ["NODES"].split(), os.environ.get("API_KEY", "")
    google = Google()
    now = time.time()
    name = time.strftime(NAME_FORMAT, time.gmtime(now))
    place = f"{folder}/{name}"
    copied = qdrant(google, bucket, place, nodes, key) if store == "qdrant" else weaviate(name, nodes, key)
    if not copied:
        log("there is nothing to copy yet")
        return
    upload = Upload(google, bucket, f"{place}/manifest.json")
    upload.write(json.dumps({"store": store, "nodes": len(nodes), "collections": copied}, indent=1, sort_keys=True).encode())
    upload.close()
    forget(google, bucket, folder, int(os.environ["KEEP_DAYS"]), now)
    log(f"done: gs://{bucket}/{place}")


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    try:
        run()
    except urllib.error.HTTPError as error:
        detail = error.read(500).decode("utf-8", "replace")
        print(f"vector-backup: error: {error.code} {error.reason} from {error.url}: {detail}", file=sys.stderr)
        sys.exit(1)
    except (Refused, OSError, ValueError, KeyError) as error:
        print(f"vector-backup: error: {error}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
