import type { DifyCommon } from "../../dify-common";
import { placeVersion } from "../../dify-common/releases";
import { difyOf } from "../dify";
import type { Variables } from "../variables";

const composed = new WeakMap<Variables, DifyCommon>();

/** @returns the Dify of variables, made once; nothing where the release is not known: another rule is about that */
export function composedOf(v: Variables): DifyCommon | undefined {
  if (placeVersion(v.application_version).type === "older") return undefined;
  const found = composed.get(v) ?? difyOf(v);
  composed.set(v, found);
  return found;
}
