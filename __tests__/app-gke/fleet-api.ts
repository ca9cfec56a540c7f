import { type Answer, type Asked, PlayedApi } from "../played-api";

type Labels = Readonly<Record<string, string>>;

interface Change {
  readonly labels?: Labels;
  readonly membershipSpecs?: Readonly<Record<string, object>>;
}

/** Of the cluster that the deployment is in. */
export const MEMBERSHIP = "projects/1/locations/l/memberships/own";

/** What scripts ask: a fleet's feature and members, a project's policy, and a cluster. */
export class FleetApi extends PlayedApi {
  /** Labels of the feature. `undefined`: it is off. */
  feature?: Labels;
  /** What the feature has of each cluster, as Google answers: by the project's number. */
  specs: Record<string, object> = {};
  /** What the mesh's control planes are, one after the other; the last stays. */
  states: (object | undefined)[] = [];
  members = ["own"];
  bindings: { readonly role: string; members: string[] }[] = [{ role: "roles/owner", members: ["user:a@example.com"] }];
  /** Labels of the ServiceExport. `undefined`: there is none. */
  exported?: Labels;
  /** How often the cluster does not know the kind. */
  unknown = 0;
  /** How often somebody else changes the policy in between. */
  conflicts = 0;
  cluster = true;

  protected override answer({ method, path, body: given }: Asked): Answer {
    const body = given as Change & { metadata: { labels: Labels }; policy: { bindings: FleetApi["bindings"] } };
    const absent: Answer = [404, { error: { message: "not there" } }];
    if (path.endsWith(":getIamPolicy")) return [200, { bindings: this.bindings, etag: "1" }];
    if (path.endsWith(":setIamPolicy")) {
      if (this.conflicts-- > 0) return [409, { error: { message: "changed" } }];
      this.bindings = body.policy.bindings;
      return [200, {}];
    }
    if (path.endsWith("/memberships")) return [200, { resources: this.members.map((name) => ({ name: `a/${name}` })) }];
    if (path.includes("/serviceexports")) {
      if (method === "POST") {
        if (this.unknown-- > 0) return absent;
        if (this.exported) return [409, { message: "exists" }];
        this.exported = body.metadata.labels;
      }
      if (!this.exported) return absent;
      if (method === "DELETE") this.exported = undefined;
      return [200, { metadata: { labels: this.exported } }];
    }
    if (path.includes("/clusters/")) return this.cluster ? [200, {}] : absent;
    if (method === "POST") this.feature = body.labels ?? {};
    if (!this.feature) return absent;
    if (method === "PATCH") this.change(body);
    if (method === "DELETE") this.feature = undefined;
    if (method !== "GET") return [200, { done: true }];
    const servicemesh = this.states.length > 1 ? this.states.shift() : this.states[0];
    const membershipStates = servicemesh && { [MEMBERSHIP]: { servicemesh } };
    return [200, { labels: this.feature, membershipSpecs: this.specs, membershipStates }];
  }

  /** Maps are merged, and a label is gone with an empty text. */
  private change({ labels = {}, membershipSpecs = {} }: Change): void {
    const merged = Object.entries({ ...this.feature, ...labels }).filter(([, value]) => value !== "");
    this.feature = Object.fromEntries(merged);
    for (const [name, spec] of Object.entries(membershipSpecs))
      this.specs = { ...this.specs, [name.replace("projects/demo/", "projects/1/")]: spec };
  }
}
