import type { compute_v1 } from "googleapis/build/src/apis/compute/v1";
import type { container_v1 } from "googleapis/build/src/apis/container/v1";
import { lastPart } from "../../google-apis/found";
import { type Candidate, facts, type Kind } from "../kind";

export const subnetworks: Kind = {
  id: "subnetworks",
  title: "Subnetworks",
  one: "subnetwork",
  role: "roles/compute.networkViewer",
  read: async (reader) => {
    const [all, usable] = await Promise.all([
      reader.subnetworks(),
      // Who may not ask GKE sees the ranges without what uses them.
      reader.usableSubnetworks().catch(() => []),
    ]);
    return all
      .filter(({ region, purpose }) => lastPart(region) === reader.where.region && (purpose ?? "PRIVATE") === "PRIVATE")
      .map((subnetwork) => candidate(subnetwork, usable));
  },
};

/** What GKE says of a secondary range: https://cloud.google.com/kubernetes-engine/docs/reference/rest/v1/UsableSubnetworkSecondaryRange */
const STATES: Readonly<Record<string, string>> = {
  UNUSED: "free",
  IN_USE_SERVICE: "used for Services",
  IN_USE_SHAREABLE_POD: "used for pods, and can be shared",
  IN_USE_MANAGED_POD: "used for pods",
};

function candidate(
  subnetwork: compute_v1.Schema$Subnetwork,
  usable: readonly container_v1.Schema$UsableSubnetwork[],
): Candidate {
  const name = subnetwork.name ?? "";
  const path = (text: string | null | undefined): string => (text ?? "").replace(/^.*\/(?=projects\/)/, "");
  const known = usable.find((one) => one.subnetwork === path(subnetwork.selfLink));
  return {
    name,
    location: lastPart(subnetwork.region),
    network: lastPart(subnetwork.network),
    facts: facts(
      subnetwork.ipCidrRange,
      subnetwork.privateIpGoogleAccess === false && "no Private Google Access",
      ...(subnetwork.secondaryIpRanges ?? []).map(({ rangeName, ipCidrRange }) => {
        const status = known?.secondaryIpRanges?.find((range) => range.rangeName === rangeName)?.status ?? "";
        const state = STATES[status];
        return `${rangeName ?? ""} ${ipCidrRange ?? ""}${state ? ` (${state})` : ""}`;
      }),
    ),
  };
}
