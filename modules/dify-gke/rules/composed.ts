import type { DifyCommon } from "../../dify-common";
import { placeVersion } from "../../dify-common/releases";
import { difyOf } from "../dify";
import type { Variables } from "../variables";

/** @returns the Dify of variables; nothing where the release is not known: another rule is about that */
export function composedOf(v: Variables): DifyCommon | undefined {
  return placeVersion(v.application_version).type === "older" ? undefined : difyOf(v);
}
