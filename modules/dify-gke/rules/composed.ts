import type { DifyCommon } from "../../dify-common";
import { placeVersion } from "../../dify-common/releases";
import { difyOf } from "../dify";
import type { Variables } from "../variables";

/** @returns the Dify that variables describe; undefined if the release is unknown, which another rule reports */
export function composedOf(v: Variables): DifyCommon | undefined {
  return placeVersion(v.application_version).type === "older" ? undefined : difyOf(v);
}
