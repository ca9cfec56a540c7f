import { limitName } from "../installation";
import type { SharedServices } from "./shared-services";

/** @returns names of the reserved addresses for a network's outgoing connections; none if Google chooses the addresses */
export function natAddressNames({ natAddresses = 0, subnetwork }: SharedServices["network"]): readonly string[] {
  return Array.from({ length: natAddresses }, (_, index) => limitName(`${subnetwork.name}-nat-${index + 1}`, 63));
}

/** @returns the name of the NAT gateway for a subnetwork that is created here */
export function natGatewayName(subnetworkName: string): string {
  return limitName(`${subnetworkName}-nat`, 63);
}
