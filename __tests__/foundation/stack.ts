import { App, Testing } from "cdktf";
import { type Installation, installation } from "../../modules/app-gke/installation";
import { Foundation } from "../../modules/app-gke/foundation/foundation";
import type { SharedServices } from "../../modules/app-gke/google/shared-services";
import { InstallationStack } from "../../modules/app-gke/terraform/stack";
import "../terraform/quick";

type Blocks = Record<string, Record<string, Record<string, unknown>>>;

/** A synthesized stack, as Terraform reads it. */
export interface Stack {
  readonly resource: Blocks;
  readonly data?: Blocks;
  readonly ephemeral?: Blocks;
}

/** Every shared service, created. */
export const SERVICES = {
  network: {
    name: "vpc",
    create: true,
    createPrivateServicesAccess: true,
    subnetwork: {
      name: "gke",
      cidr: "10.0.0.0/20",
      podCidr: "10.4.0.0/14",
      serviceCidr: "10.8.0.0/20",
      podRangeName: "pods",
      serviceRangeName: "services",
    },
  },
  cluster: {
    name: "cluster",
    create: true,
    location: "europe-west1",
    releaseChannel: "REGULAR",
    networkTags: ["nfsserver"],
  },
  sql: {
    name: "sql",
    create: true,
    databaseVersion: "POSTGRES_15",
    tier: "db-custom-1-3840",
    availabilityType: "ZONAL",
    diskSizeGb: 20,
    backupStartTime: "23:00",
    retainedBackups: 7,
  },
  fileServer: {
    name: "nfs",
    create: true,
    zone: "europe-west1-b",
    addressName: "nfs-address",
    redisPasswordSecret: "redis-password",
    machineType: "e2-small",
    diskSizeGb: 50,
    sharePath: "/export/share",
    snapshotStartTime: "04:00",
    snapshotRetentionDays: 7,
  },
  registry: { name: "images", retainedVersions: 5, deleteUntagged: true, retentionDays: 30 },
} as const satisfies SharedServices;

function identity(deletionProtection: boolean): Installation {
  return installation({
    projectId: "demo-project",
    region: "europe-west1",
    environment: "dev",
    tenantId: "demo",
    applicationName: "app",
    labels: {},
    deletionProtection,
  });
}

/** @returns the foundation stack of these services. */
export function synthesize(services: SharedServices, deletionProtection = true): Stack {
  const app: App = Testing.app();
  const stack = new InstallationStack(app, "foundation");
  new Foundation(stack, "foundation", { installation: identity(deletionProtection), services });
  return JSON.parse(Testing.synth(stack)) as Stack;
}

/** The only resource of its type. */
export function only(stack: Stack, type: string): Record<string, unknown> {
  const all = Object.values(stack.resource[type] ?? {});
  expect(all).toHaveLength(1);
  return all[0] ?? {};
}

/** The resource of an address. */
export function block(stack: Stack, address: string): Record<string, unknown> {
  const [type = "", name = ""] = address.split(".");
  const found = stack.resource[type]?.[name];
  if (!found) throw new Error(`There is no ${address}`);
  return found;
}

/** Addresses of everything that a resource refers to or depends on, directly or not. */
export function needs(stack: Stack, address: string): Set<string> {
  const blocks = new Map<string, string>();
  for (const [type, named] of Object.entries(stack.resource))
    for (const [name, block] of Object.entries(named)) blocks.set(`${type}.${name}`, JSON.stringify(block));
  const found = new Set<string>();
  const visit = (from: string): void => {
    for (const [match] of (blocks.get(from) ?? "").matchAll(/\bgoogle_[a-z0-9_]+\.[a-z0-9_]+/g)) {
      if (!blocks.has(match) || found.has(match)) continue;
      found.add(match);
      visit(match);
    }
  };
  visit(address);
  return found;
}
