import type { Adoptable, Import } from "./imports";

/** What Terraform says went wrong, of its output with `-json`. */
export interface Diagnostic {
  readonly severity: string;
  readonly summary: string;
  readonly detail?: string;
  readonly range?: { readonly filename: string; readonly start: { readonly line: number } };
}

/** @returns the errors in the lines of `terraform plan -json` */
export function errorsIn(lines: readonly string[]): Diagnostic[] {
  return lines
    .filter((line) => line.includes('"diagnostic"'))
    .map((line) => (JSON.parse(line) as { diagnostic?: Diagnostic }).diagnostic)
    .filter((diagnostic): diagnostic is Diagnostic => diagnostic?.severity === "error");
}

/**
 * @param blocks those of the plan that failed
 * @param firstLine the line of the first of them in its file, `file`
 * @returns the blocks for which, by this error, nothing exists; none if the error is another one
 */
export function missing(
  error: Diagnostic,
  blocks: readonly Import[],
  { file, firstLine, resources }: { file: string; firstLine: number; resources: ReadonlyMap<string, Adoptable> },
): Import[] {
  const { summary, detail = "", range } = error;
  if (summary === "Cannot import non-existent remote object") {
    const [, address] = /existing object to "([^"[]+)/.exec(detail) ?? [];
    return blocks.filter(({ to }) => addressOf(to) === address);
  }
  // The resource has a `count`, which is 0 in this plan.
  if (summary === "Configuration for import target does not exist") {
    const [, target] = /given import (?:target )?(\S+) does not exist/.exec(detail) ?? [];
    return blocks.filter(({ to }) => to === target);
  }
  // The id depends on something that is still to be made, so the resource cannot exist yet.
  if (summary === "Invalid import id argument" && range?.filename === file) {
    return blocks.slice(range.start.line - firstLine).slice(0, 1);
  }
  // The provider does not say which import it was. Granting a role again changes nothing, so all grants of the role are made again.
  const [, role] = /^Cannot find binding for .* with role "([^"]+)"/.exec(summary) ?? [];
  if (role) return blocks.filter(({ to, id }) => /_iam_member\./.test(to) && id.split(" ")[1] === role);
  // The provider looks for a service account's token before it says that there is no account.
  const [, account] = /^Unable to fetch service account "([^"]+)" from Kubernetes: .*not found$/.exec(summary) ?? [];
  if (account) {
    return blocks.filter(
      ({ to, id }) => to.startsWith("kubernetes_service_account_v1.") && literal(id, resources) === account,
    );
  }
  if (/^Failed to get resource .* from API$/.test(summary) && /not found/.test(detail)) {
    const [kind, name] = [/\bkind:(\S+?)[ \]]/, /\bname:(\S+?)[ \]]/].map((pattern) => pattern.exec(summary)?.[1]);
    const namespace = /\bnamespace:(\S+?)[ \]]/.exec(summary)?.[1];
    return blocks.filter(({ to, id }) => {
      const parts = Object.fromEntries(
        id.split(",").map((part) => part.split(/=(.*)/).slice(0, 2)) as [string, string][],
      );
      const is = (given: string | undefined, wanted: string | undefined): boolean =>
        literal(given ?? "", resources) === wanted;
      return (
        to.startsWith("kubernetes_manifest.") &&
        parts.kind === kind &&
        is(parts.name, name) &&
        is(parts.namespace, namespace)
      );
    });
  }
  return [];
}

/** @returns an address without the instance: `to` of a block with `for_each` has one */
function addressOf(to: string): string {
  return to.replace(/\[.*$/, "");
}

/** @returns a text in which a reference to another Kubernetes object's name is that name */
export function literal(text: string, resources: ReadonlyMap<string, Adoptable>): string {
  return text.replace(/\$\{(\w+\.\w+)\.metadata\[0\]\.name\}/g, (reference, address: string) => {
    const { metadata } = (resources.get(address)?.block ?? {}) as { metadata?: { name?: string } };
    return metadata?.name === undefined ? reference : literal(metadata.name, resources);
  });
}
