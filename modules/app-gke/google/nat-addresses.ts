import { limitName } from "../installation";
import type { SharedServices } from "./shared-services";

/** @returns names of the reserved addresses under which a network created here goes out; none where Google chooses them */
export function natAddressNames({ natAddresses = 0, subnetwork }: SharedServices["network"]): readonly string[] {
  return Array.from({ length: natAddresses }, (_, index) => limitName(`${subnetwork.name}-nat-${index + 1}`, 63));
}
