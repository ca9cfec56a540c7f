import { countIn, ownOf } from "./routing";
import type { DifySettings } from "./settings";

/**
 * How large an upload may be. Dify has a limit for each kind of file. What is in front of it lets the largest one
 * through, so that Dify itself refuses the rest, with its own message. A batch is one request per file.
 */
export interface UploadLimits {
  /** Documents and everything else that is not of another kind, in MiB. */
  readonly file: number;
  /** The largest file of any kind, in MiB. */
  readonly largest: number;
  /** A plugin's package, in bytes. */
  readonly pluginPackage: number;
  /** The larger of the limits for a plugin's package and for a bundle of them, in MiB. */
  readonly plugin: number;
}

/** MiB, unless the user says otherwise (api/configs/feature/__init__.py of every release). */
const KINDS = {
  UPLOAD_IMAGE_FILE_SIZE_LIMIT: 10,
  UPLOAD_AUDIO_FILE_SIZE_LIMIT: 50,
  UPLOAD_VIDEO_FILE_SIZE_LIMIT: 100,
} as const;
/** Bytes, as in Dify's own compose file. */
const PACKAGE = 52_428_800;
/** Bytes (api/configs/feature/__init__.py, `PLUGIN_MAX_BUNDLE_SIZE`). */
const BUNDLE = 12 * 15_728_640;
const MIB = 2 ** 20;
/** Not a sensible limit; nginx could not read it. */
const ABSURD = 1e12;

/** @returns what applies in the API: the user's own environment wins, as it does there */
export function uploadLimits(settings: DifySettings): UploadLimits {
  const own = ownOf(settings, "api");
  const limit = (name: string, otherwise: number): number => {
    const value = countIn(own, name);
    return value !== undefined && value < ABSURD ? value : otherwise;
  };
  const file = limit("UPLOAD_FILE_SIZE_LIMIT", settings.uploadLimitMb);
  const pluginPackage = limit("PLUGIN_MAX_PACKAGE_SIZE", PACKAGE);
  const bundle = limit("PLUGIN_MAX_BUNDLE_SIZE", BUNDLE);
  return {
    file,
    largest: Math.max(1, file, ...Object.entries(KINDS).map(([name, otherwise]) => limit(name, otherwise))),
    pluginPackage,
    plugin: Math.ceil(Math.max(1, pluginPackage, bundle) / MIB),
  };
}
