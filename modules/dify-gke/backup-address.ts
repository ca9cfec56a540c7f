import type { BackupImport } from "../dify-common/settings";
import type { Variables } from "./variables";

/** As Drive's own links have it: `https://drive.google.com/file/d/<id>/view`, `…?id=<id>`. */
const DRIVE_LINK = /^https:\/\/(?:drive|docs)\.google\.com\/\S*?(?:\/d\/|[?&]id=)([\w-]{10,})(?:[/?&#]\S*)?$/;
const DRIVE_ID = /^[\w-]{10,}$/;
/** @see https://cloud.google.com/storage/docs/buckets#naming */
const OBJECT = /^gs:\/\/([a-z0-9][a-z0-9._-]{1,220}[a-z0-9])(?:\/([^\r\n]*))?$/;

/** @returns where the backup to import is; `undefined` where the address cannot be read */
export function backupAddress(
  v: Pick<Variables, "backup_source" | "backup_uri" | "backup_file">,
): BackupImport["from"] | undefined {
  const uri = v.backup_uri.trim();
  if (v.backup_source === "gdrive") {
    const fileId = DRIVE_LINK.exec(uri)?.[1] ?? DRIVE_ID.exec(uri)?.[0];
    return fileId === undefined ? undefined : { type: "gdrive", fileId };
  }
  const [, bucket, path = ""] = OBJECT.exec(uri) ?? [];
  if (bucket === undefined) return undefined;
  const object = path === "" || path.endsWith("/") ? `${path}${v.backup_file}` : path;
  return object === "" || object.endsWith("/") ? undefined : { type: "gcs", bucket, object };
}

/** @returns whether `backup_file` is part of the address */
export function namesNoFile({ backup_source, backup_uri }: Pick<Variables, "backup_source" | "backup_uri">): boolean {
  return backup_source === "gcs" && /^gs:\/\/[^/]+(\/(.*\/)?)?$/.test(backup_uri.trim());
}
