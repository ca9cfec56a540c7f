import { lastPart } from "../google-apis/found";
import type { ValkeyInstance } from "../google-apis/clients";
import { valkeyCertificates } from "../google-apis/memorystore";
import type { Sources } from "./google";

/** A list with more pages than this would never end. */
const MOST_PAGES = 200;

/** @returns the items of all pages */
async function pages<Page extends { readonly nextPageToken?: string | null }, Item>(
  ask: (pageToken: string | undefined) => Promise<{ readonly data: Page }>,
  items: (page: Page) => readonly Item[] | undefined,
): Promise<readonly Item[]> {
  const all: Item[] = [];
  let token: string | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const { data } = await ask(token);
    all.push(...(items(data) ?? []));
    token = data.nextPageToken ?? undefined;
    if (!token) return all;
  }
  throw new Error(`Google answered with more than ${MOST_PAGES} pages.`);
}

/** @returns the items of all regions and zones of a list */
function ofScopes<Scope, Item>(
  scopes: Readonly<Record<string, Scope>> | null | undefined,
  items: (scope: Scope) => readonly Item[] | undefined,
): readonly Item[] {
  return Object.values(scopes ?? {}).flatMap((scope) => items(scope) ?? []);
}

/** Where to look. */
export interface Where {
  readonly project: string;
  /** Project of the networks: that of a Shared VPC, or the same. */
  readonly networkProject: string;
  readonly region: string;
  /** Project that requests are counted for, or `none`: that of the credentials. */
  readonly quotaProject: string;
}

/** Asks Google for lists, each only once. */
export class Reader {
  private readonly asked = new Map<string, Promise<unknown>>();
  /** Locations that did not answer, by list. */
  private readonly silent = new Map<string, Set<string>>();

  constructor(
    private readonly google: Sources,
    readonly where: Where,
  ) {}

  private once<T>(what: string, ask: () => Promise<T>): Promise<T> {
    const known = this.asked.get(what) as Promise<T> | undefined;
    const answer = known ?? ask();
    if (!known) this.asked.set(what, answer);
    return answer;
  }

  /** Notes where a list has gaps. @returns the page */
  private noted<Page extends object>(
    what: string,
    page: Page,
    unreachable: readonly string[] | null | undefined,
  ): Page {
    const known = this.silent.get(what) ?? new Set<string>();
    for (const place of unreachable ?? []) known.add(lastPart(place));
    this.silent.set(what, known);
    return page;
  }

  /** @returns locations that did not answer when a list was asked for: what is there is not known */
  gaps(what: string): readonly string[] {
    return [...(this.silent.get(what) ?? [])].sort();
  }

  clusters() {
    return this.once("clusters", async () => {
      const parent = `projects/${this.where.project}/locations/-`;
      const { data } = await this.google.container.projects.locations.clusters.list({ parent });
      return this.noted("clusters", data, data.missingZones).clusters ?? [];
    });
  }

  /** Subnetworks of the networks' project that a cluster of the project may use, with what is in use of them. */
  usableSubnetworks() {
    const { project, networkProject } = this.where;
    const asked = { parent: `projects/${project}`, filter: `networkProjectId=${networkProject}` };
    return this.once("usable-subnetworks", () =>
      pages(
        (pageToken) => this.google.container.projects.aggregated.usableSubnetworks.list({ ...asked, pageToken }),
        (page) => page.subnetworks,
      ),
    );
  }

  networks() {
    const { networkProject: project } = this.where;
    return this.once("networks", () =>
      pages(
        (pageToken) => this.google.compute.networks.list({ project, pageToken }),
        (page) => page.items,
      ),
    );
  }

  subnetworks() {
    const { networkProject: project } = this.where;
    return this.once("subnetworks", () =>
      pages(
        (pageToken) => this.google.compute.subnetworks.aggregatedList({ project, pageToken }),
        (page) => ofScopes(page.items, ({ subnetworks }) => subnetworks),
      ),
    );
  }

  routers() {
    const { networkProject: project } = this.where;
    return this.once("routers", () =>
      pages(
        (pageToken) => this.google.compute.routers.aggregatedList({ project, pageToken }),
        (page) => ofScopes(page.items, ({ routers }) => routers),
      ),
    );
  }

  /** @param project whose they are. @default - the project's own */
  addresses(project = this.where.project) {
    return this.once(`addresses of ${project}`, () =>
      pages(
        (pageToken) => this.google.compute.addresses.aggregatedList({ project, pageToken }),
        (page) => ofScopes(page.items, ({ addresses }) => addresses),
      ),
    );
  }

  machines() {
    const { project } = this.where;
    return this.once("machines", () =>
      pages(
        (pageToken) => this.google.compute.instances.aggregatedList({ project, pageToken }),
        (page) => ofScopes(page.items, ({ instances }) => instances),
      ),
    );
  }

  sqlInstances() {
    const { project } = this.where;
    return this.once("sql-instances", () =>
      pages(
        (pageToken) => this.google.sql.instances.list({ project, pageToken }),
        (page) => {
          const regions = (page.warnings ?? []).map(({ region, message }) => region ?? message ?? "a region");
          return this.noted("sql-instances", page, regions).items;
        },
      ),
    );
  }

  filestores() {
    const parent = `projects/${this.where.project}/locations/-`;
    return this.once("filestores", () =>
      pages(
        (pageToken) => this.google.files.projects.locations.instances.list({ parent, pageToken }),
        (page) => this.noted("filestores", page, page.unreachable).instances,
      ),
    );
  }

  redis() {
    const parent = `projects/${this.where.project}/locations/-`;
    return this.once("redis", () =>
      pages(
        (pageToken) => this.google.redis.projects.locations.instances.list({ parent, pageToken }),
        (page) => this.noted("redis", page, page.unreachable).instances,
      ),
    );
  }

  redisClusters() {
    const parent = `projects/${this.where.project}/locations/-`;
    return this.once("redis-clusters", () =>
      pages(
        (pageToken) => this.google.redis.projects.locations.clusters.list({ parent, pageToken }),
        (page) => this.noted("redis-clusters", page, page.unreachable).clusters,
      ),
    );
  }

  valkey() {
    const parent = `projects/${this.where.project}/locations/-`;
    return this.once("valkey", () =>
      pages(
        (pageToken) => this.google.valkey(parent, pageToken),
        (page) => this.noted("valkey", page, page.unreachable).instances,
      ),
    );
  }

  /** @returns PEM of the authorities that signed a Valkey's certificate */
  valkeyCertificates(instance: ValkeyInstance) {
    return valkeyCertificates(this.google, instance);
  }

  /** Those of the region: the API has no list of all. */
  registries() {
    const parent = `projects/${this.where.project}/locations/${this.where.region}`;
    return this.once("registries", () =>
      pages(
        (pageToken) => this.google.registries.projects.locations.repositories.list({ parent, pageToken }),
        (page) => page.repositories,
      ),
    );
  }

  /** Those for global load balancers. */
  certificates() {
    const parent = `projects/${this.where.project}/locations/global`;
    return this.once("certificates", () =>
      pages(
        (pageToken) => this.google.certificates.projects.locations.certificates.list({ parent, pageToken }),
        (page) => this.noted("certificates", page, page.unreachable).certificates,
      ),
    );
  }

  zones() {
    const { project } = this.where;
    return this.once("dns-zones", () =>
      pages(
        (pageToken) => this.google.dns.managedZones.list({ project, pageToken }),
        (page) => page.managedZones,
      ),
    );
  }
}
