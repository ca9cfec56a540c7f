import type { ApplicationConfig } from "../application-config";
import { VERIFICATION } from "./verification";

/** Name of the network policy that denies everything. */
export const DEFAULT_DENY = "default-deny";

/** @returns the name of the entry point's Service for paths without sign-in */
export function openName(entryPoint: string): string {
  return `${entryPoint}-open`;
}

/** @returns the name of the Service that gives the pods of a StatefulSet their names */
export function podsServiceName(component: string): string {
  return `${component}-pods`;
}

/** Settings that decide which objects are created in addition to those of components and jobs. */
export interface OwnNamesProps {
  readonly networkSegmentation: boolean;
  /** Whether releases of a pipeline arrive here. */
  readonly releases: boolean;
  /** Whether some paths need no sign-in. */
  readonly openPaths: boolean;
}

/** An object that the workload creates on its own, under a name that a component or a job could have. */
export interface OwnName {
  readonly name: string;
  /** What it is, for messages. */
  readonly what: string;
  /** Whether only components have objects of its kind. @default false */
  readonly ofComponents?: boolean;
}

/** @returns names that components and jobs must not have, because something else in the namespace has them */
export function ownNames(
  { components, entryPoint }: Pick<ApplicationConfig, "components" | "entryPoint">,
  props: OwnNamesProps,
): OwnName[] {
  return [
    ...(props.networkSegmentation
      ? [{ name: DEFAULT_DENY, what: "the network policy that lets nothing through" }]
      : []),
    ...(props.releases ? [{ name: VERIFICATION, what: "the check of a release" }] : []),
    ...(props.openPaths
      ? [{ name: openName(entryPoint), what: "the Service for paths without sign-in", ofComponents: true }]
      : []),
    ...components
      .filter(({ statefulSet }) => statefulSet)
      .map(({ name }) => ({
        name: podsServiceName(name),
        what: `the Service that gives the pods of ${name} their names`,
        ofComponents: true,
      })),
  ];
}
