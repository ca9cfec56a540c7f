import { Aspects, type IAspect } from "cdktf";
import type { IConstruct } from "constructs";

/** Visits each construct below another one once all exist. */
class BeforeWriting implements IAspect {
  constructor(readonly visit: (construct: IConstruct) => void) {}
}

/**
 * Does something with each construct in `scope`, including those that are added later: CDKTF calls it before a stack is written.
 * @param visit may add constructs. It is called again each time that the stack is written, so a second call must change
 * nothing
 * @see https://developer.hashicorp.com/terraform/cdktf/concepts/aspects
 */
export function beforeWriting(scope: IConstruct, visit: (construct: IConstruct) => void): void {
  Aspects.of(scope).add(new BeforeWriting(visit));
}

/** Does what `beforeWriting` asked for. @returns `false` if there are other aspects, which may not be called twice */
export function visitBeforeWriting(root: IConstruct): boolean {
  const constructs = root.node.findAll();
  const asked = constructs.flatMap((scope) => Aspects.of(scope).all.map((aspect) => ({ scope, aspect })));
  if (!asked.every(({ aspect }) => aspect instanceof BeforeWriting)) return false;
  for (const { scope, aspect } of asked) {
    for (const construct of scope === root ? constructs : scope.node.findAll()) aspect.visit(construct);
  }
  return true;
}
