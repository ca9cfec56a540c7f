import { Aspects, type IAspect } from "cdktf";
import type { IConstruct } from "constructs";

/** What is done with each construct below another one, once all are there. */
class BeforeWriting implements IAspect {
  constructor(readonly visit: (construct: IConstruct) => void) {}
}

/**
 * Does something with each construct in `scope`, whenever it was added: CDKTF calls it before a stack is written.
 * @param visit may add constructs. It is called again each time that the stack is written, so a second call must change
 * nothing
 * @see https://developer.hashicorp.com/terraform/cdktf/concepts/aspects
 */
export function beforeWriting(scope: IConstruct, visit: (construct: IConstruct) => void): void {
  Aspects.of(scope).add(new BeforeWriting(visit));
}

/** Does what `beforeWriting` asked for. @returns `false` where other aspects have yet to visit, which may not be repeated */
export function visitBeforeWriting(root: IConstruct): boolean {
  const constructs = root.node.findAll();
  const asked = constructs.flatMap((scope) => Aspects.of(scope).all.map((aspect) => ({ scope, aspect })));
  if (!asked.every(({ aspect }) => aspect instanceof BeforeWriting)) return false;
  for (const { scope, aspect } of asked) {
    for (const construct of scope === root ? constructs : scope.node.findAll()) aspect.visit(construct);
  }
  return true;
}
