import { randomBytes } from "node:crypto";
import type { sqladmin_v1 } from "googleapis/build/src/apis/sqladmin/v1";
import { hash, limitName } from "../../modules/app-gke/installation";
import { Refusal } from "../acceptance/options";
import { Impossible } from "../adopt/steps";
import { found, statusOf } from "../google-apis/answers";
import type { Google } from "../google-apis/clients";
import type { Cluster } from "./cluster";
import type { Task } from "./jobs";
import { secondsOf, stampOf } from "./moment";
import type { Place } from "./place";
import { until, type Waiting } from "./wait";

/** All are in `roles/cloudsql.admin`. @see https://cloud.google.com/sql/docs/postgres/iam-permissions */
const PERMISSIONS = ["get", "list", "clone", "update", "delete"].map((what) => `cloudsql.instances.${what}`);
const USER_PERMISSION = "cloudsql.users.update";
/** Longest name of a project and an instance together. @see https://cloud.google.com/sql/docs/postgres/instance-settings */
const NAME_LIMIT = 97;
const DIRECTORY = "/etc/restore";
const PORT = 5432;

export interface CloneProps {
  readonly google: Pick<Google, "sql" | "projects">;
  readonly cluster: Cluster;
  readonly place: Pick<Place, "application" | "cluster" | "confined" | "database" | "namespace" | "project">;
  readonly waiting: Waiting;
}

/**
 * Copies of the database's instance as it was at a moment: point-in-time recovery never changes the instance itself. A copy is found by
 * its name, so a later run continues with it, or deletes it. It has all databases of the instance and is as private.
 * @see https://cloud.google.com/sql/docs/postgres/clone-instance
 */
export class Clones {
  /** What is being waited for. */
  status = "";
  private readonly begin: string;

  constructor(private readonly props: CloneProps) {
    const { cluster, database, namespace, project } = props.place;
    const own = hash(`${cluster.location}/${cluster.name}/${namespace}`).slice(0, 6);
    this.begin = `${limitName(`${database?.instance ?? ""}-${own}`, NAME_LIMIT - project.length - "-at-20260131090000".length)}-at-`;
  }

  /** @throws Refusal if there is no instance that could be copied */
  get source(): NonNullable<Place["database"]> {
    const { database } = this.props.place;
    if (database) return database;
    throw new Refusal(
      'The database is on no Cloud SQL instance (data_services.postgresql is "kubeblocks"): only Cloud SQL can be restored to a moment. Restore ' +
        "a backup: --list shows them.",
    );
  }

  nameOf(moment: Date): string {
    return `${this.begin}${stampOf(moment)}`;
  }

  /** @throws Refusal if the instance cannot be copied as it was at this moment, or not by who runs this */
  async check(moment: Date): Promise<void> {
    const { google, place } = this.props;
    const { project } = place;
    const { instance } = this.source;
    await this.checkPermissions();
    const source = await this.read(instance);
    if (!source) throw new Refusal(`There is no Cloud SQL instance ${instance} in ${project}. Apply first.`);
    if (!source.settings?.backupConfiguration?.pointInTimeRecoveryEnabled) {
      throw new Refusal(
        `Point-in-time recovery is off on instance ${instance}: its data at ${secondsOf(moment)}Z is not known. Restore a backup ` +
          `(--list). For later: gcloud sql instances patch ${instance} --enable-point-in-time-recovery`,
      );
    }
    if (source.state !== "RUNNABLE") {
      throw new Refusal(
        `Instance ${instance} is ${source.state ?? "in no known state"}, and can only be copied while it runs. Wait, or start it.`,
      );
    }
    const { data } = await google.sql.projects.instances.getLatestRecoveryTime({ project, instance });
    const { earliestRecoveryTime: earliest, latestRecoveryTime: latest } = data;
    if ((earliest && moment < new Date(earliest)) || (latest && moment > new Date(latest)) || moment > new Date()) {
      throw new Refusal(
        `Instance ${instance} cannot go back to ${secondsOf(moment)}Z, only to moments from ${earliest ?? "an unknown time"} to ` +
          `${latest ?? "now"}. Choose one of them, or restore a backup (--list).`,
      );
    }
  }

  /** Makes a copy, or takes one that is there already. @returns once it runs */
  async make(moment: Date): Promise<sqladmin_v1.Schema$DatabaseInstance> {
    const { google, place, waiting } = this.props;
    const { project } = place;
    const { instance } = this.source;
    const name = this.nameOf(moment);
    let operation: string | undefined;
    if (!(await this.read(name))) {
      const range = (await this.read(instance))?.settings?.ipConfiguration?.allocatedIpRange;
      const cloneContext = {
        destinationInstanceName: name,
        pointInTime: `${secondsOf(moment)}Z`,
        ...(range && { allocatedIpRange: range }),
      };
      const { data } = await google.sql.instances.clone({ project, instance, requestBody: { cloneContext } });
      operation = data.name ?? undefined;
    }
    const copy = await until(waiting, async () => {
      if (operation !== undefined && !(await this.isDone(operation))) return undefined;
      const here = await this.read(name);
      this.status = here?.state ?? "";
      if (here?.state === "FAILED") {
        throw new Impossible(`The copy ${name} failed. Delete it with --undo, and try again.`);
      }
      return here?.state === "RUNNABLE" ? here : undefined;
    });
    if (!copy) throw new TypeError("until waits without end");
    return copy;
  }

  /**
   * Lets a job in: Google copies no passwords, so the owner of the databases gets one there. It is in a Secret for as long as the copy
   * exists, and nowhere else.
   */
  async open(moment: Date, copy: sqladmin_v1.Schema$DatabaseInstance): Promise<Pick<Task, "environment" | "secret">> {
    const { cluster, google, place } = this.props;
    const { project } = place;
    const { user } = this.source;
    const name = this.secretOf(stampOf(moment));
    const host = copy.ipAddresses?.find(({ type }) => type === "PRIVATE")?.ipAddress;
    if (!host) throw new Impossible(`The copy ${copy.name ?? ""} has no private address: no pod can reach it.`);
    const made = {
      password: `Aa1-${randomBytes(32).toString("base64url")}`,
      "server-ca.pem": copy.serverCaCert?.cert ?? "",
    };
    await cluster.create(this.secrets, { apiVersion: "v1", kind: "Secret", metadata: { name }, stringData: made });
    const secret = await cluster.read<{ data: { password: string } }>(`${this.secrets}/${name}`);
    const password = Buffer.from(secret?.data.password ?? "", "base64").toString();
    await this.ended(() =>
      google.sql.users.update({
        ...{ project, instance: copy.name ?? "", name: user },
        requestBody: { name: user, password },
      }),
    );
    if (place.confined) {
      const egress = [{ to: [{ ipBlock: { cidr: `${host}/32` } }], ports: [{ protocol: "TCP", port: PORT }] }];
      const spec = { podSelector: { matchLabels: place.confined }, policyTypes: ["Egress"], egress };
      await cluster.create(this.policies, {
        ...{ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata: { name }, spec },
      });
    }
    return {
      environment: {
        ...{ DB_HOST: host, DB_PORT: String(PORT), DB_USER: user, SHARE: "", MOMENT: `${secondsOf(moment)}Z` },
        ...{ PGSSLMODE: "verify-ca", PGSSLROOTCERT: `${DIRECTORY}/server-ca.pem` },
      },
      secret: { name, variables: { PGPASSWORD: "password" }, directory: DIRECTORY },
    };
  }

  /** @returns names of copies that are left; none if these credentials may not look */
  async left(): Promise<string[]> {
    const { database, project } = this.props.place;
    if (!database) return [];
    try {
      const { data } = await this.props.google.sql.instances.list({ project });
      const names = (data.items ?? []).map(({ name }) => name ?? "");
      return names.filter((name) => name.startsWith(this.begin) && /^\d{14}$/.test(name.slice(this.begin.length)));
    } catch (error) {
      if (statusOf(error) === 403) return [];
      throw error;
    }
  }

  /** Deletes a copy, and what let a job in. */
  async remove(name: string): Promise<void> {
    const { cluster, google, place } = this.props;
    const { project } = place;
    const secret = this.secretOf(name.slice(this.begin.length));
    for (const all of [this.secrets, this.policies]) await cluster.remove(`${all}/${secret}`);
    const copy = await this.read(name);
    if (!copy) return;
    if (copy.settings?.deletionProtectionEnabled) {
      const settings = { deletionProtectionEnabled: false };
      await this.ended(() => google.sql.instances.patch({ project, instance: name, requestBody: { settings } }));
    }
    await this.ended(() => google.sql.instances.delete({ project, instance: name }));
  }

  private get secrets(): string {
    return `/api/v1/namespaces/${this.props.place.namespace}/secrets`;
  }

  private get policies(): string {
    return `/apis/networking.k8s.io/v1/namespaces/${this.props.place.namespace}/networkpolicies`;
  }

  private secretOf(stamp: string): string {
    return `${this.props.place.application}-restore-at-${stamp}`;
  }

  private async read(instance: string): Promise<sqladmin_v1.Schema$DatabaseInstance | undefined> {
    const { google, place } = this.props;
    return await found(google.sql.instances.get({ project: place.project, instance }));
  }

  private async checkPermissions(): Promise<void> {
    const { google, place } = this.props;
    const permissions = [...PERMISSIONS, USER_PERMISSION];
    const resource = `projects/${place.project}`;
    const { data } = await google.projects.projects.testIamPermissions({ resource, requestBody: { permissions } });
    const missing = permissions.filter((permission) => !data.permissions?.includes(permission));
    if (missing.length > 0) {
      throw new Refusal(
        `You lack ${missing.join(", ")} in ${place.project}: no copy of the database can be made, read and deleted. roles/cloudsql.admin has them.`,
      );
    }
  }

  /** Waits until Cloud SQL accepts an operation, and until that has ended: it may still be backing up the new instance. */
  private async ended(begin: () => Promise<{ readonly data: sqladmin_v1.Schema$Operation }>): Promise<void> {
    const { waiting } = this.props;
    const operation = await until(waiting, async () => {
      try {
        return (await begin()).data.name ?? "";
      } catch (error) {
        if (statusOf(error) === 409) return undefined;
        throw error;
      }
    });
    await until(waiting, async () => ((await this.isDone(operation ?? "")) ? true : undefined));
  }

  /** @throws Impossible if it failed */
  private async isDone(operation: string): Promise<boolean> {
    const { google, place } = this.props;
    const { data } = await google.sql.operations.get({ project: place.project, operation });
    const [error] = data.error?.errors ?? [];
    if (error) throw new Impossible(`Cloud SQL: ${error.message ?? error.code ?? "the operation failed"}`);
    this.status = data.status ?? "";
    return data.status === "DONE";
  }
}
