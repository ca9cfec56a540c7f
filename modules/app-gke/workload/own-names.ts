import type { ApplicationConfig } from "../application-config";
import { VERIFICATION } from "./verification";

/** Name of the network policy that lets nothing through. */
export const DEFAULT_DENY = "default-deny";

/** @returns the name of the entry point's Service past the sign-in */
export function openName(entryPoint: string): string {
  return `${entryPoint}-open`;
}

/** What decides which objects are made in addition to those of components and jobs. */
export interface OwnNamesProps {
  readonly networkSegmentation: boolean;
  /** Releases of a pipeline arrive here. */
  readonly releases: boolean;
  /** Paths go past the sign-in. */
  readonly openPaths: boolean;
}

/** An object that the workload makes automatically, under a name that could be a component's or a job's. */
export interface OwnName {
  readonly name: string;
  /** As a message says it. */
  readonly what: string;
  /** Only components have objects of its kind. @default false */
  readonly ofComponents?: boolean;
}

/** @returns names that neither a component nor a job may have, because something else in the namespace has them */
export function ownNames({ entryPoint }: Pick<ApplicationConfig, "entryPoint">, props: OwnNamesProps): OwnName[] {
  return [
    ...(props.networkSegmentation
      ? [{ name: DEFAULT_DENY, what: "the network policy that lets nothing through" }]
      : []),
    ...(props.releases ? [{ name: VERIFICATION, what: "the check of a release" }] : []),
    ...(props.openPaths
      ? [{ name: openName(entryPoint), what: "the Service for paths without sign-in", ofComponents: true }]
      : []),
  ];
}
