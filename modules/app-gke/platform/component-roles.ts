import { Construct } from "constructs";
import { ProjectIamMember } from "@cdktf/provider-google/lib/project-iam-member";
import type { ITerraformDependable } from "cdktf";
import type { ApplicationConfig } from "../application-config";
import type { Component } from "../component";
import type { Installation } from "../installation";
import { memberOf } from "./pod-account";

export interface ComponentRolesProps {
  readonly installation: Installation;
  readonly projectNumber: string;
  readonly workloadPool: string;
  readonly namespace: string;
  /** Name of the Kubernetes service account that a component has for itself. */
  readonly accountOf: (component: string) => string;
  readonly application: Pick<ApplicationConfig, "components">;
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * Roles of components that have a Kubernetes service account of their own. They are granted to this account itself, without a
 * Google service account in between (https://cloud.google.com/kubernetes-engine/docs/concepts/workload-identity).
 */
export class ComponentRoles extends Construct {
  constructor(scope: Construct, id: string, props: ComponentRolesProps) {
    super(scope, id);
    const { accountOf, installation, namespace, projectNumber, workloadPool } = props;
    for (const { name, roles } of componentsWithRoles(props.application)) {
      for (const role of roles) {
        new ProjectIamMember(this, `${name}-${role.replaceAll(/[^A-Za-z]+/g, "-")}`, {
          project: installation.projectId,
          role,
          member: memberOf({ projectNumber, workloadPool, namespace, account: accountOf(name) }),
          dependsOn: [...props.dependsOn],
        });
      }
    }
  }
}

/** @returns the components that have roles of their own */
function componentsWithRoles({ components }: Pick<ApplicationConfig, "components">): readonly (Pick<
  Component,
  "name"
> & {
  readonly roles: readonly string[];
})[] {
  return components.flatMap(({ name, needs }) => {
    const roles = needs?.googleRoles ?? [];
    return roles.length > 0 ? [{ name, roles }] : [];
  });
}
