import type { Finding, Verdict } from "../../__tests__/fuzz/examine";
import type { Kind } from "../../__tests__/fuzz/kinds";

/** An input, by its kind and number. */
export interface Case {
  readonly kind: Kind;
  readonly index: number;
  readonly what: string;
}

interface Group {
  readonly finding: Finding;
  readonly first: Case;
  count: number;
}

/** The findings of a run. */
export class Tally {
  readonly accepted: Case[] = [];
  private refused = 0;
  private readonly rules = new Set<string>();
  private readonly groups = new Map<string, Group>();
  /** Of the first input of each: told at once, as a run may take an hour. */
  private readonly first: string[] = [];
  private slowest: { readonly milliseconds: number; readonly of?: Case } = { milliseconds: 0 };

  add(
    one: Case,
    {
      outcome,
      findings,
      refusedBy,
      milliseconds,
    }: Pick<Verdict, "outcome" | "findings" | "refusedBy" | "milliseconds">,
  ): void {
    if (outcome === "accepted") this.accepted.push(one);
    else this.refused++;
    for (const id of refusedBy) this.rules.add(id);
    if (milliseconds > this.slowest.milliseconds) this.slowest = { milliseconds, of: one };
    this.found(one, findings);
  }

  /** What is wrong with one input; the same for many inputs is one line. */
  found(one: Case, findings: readonly Finding[]): void {
    for (const finding of findings) {
      const key = `${finding.kind} ${finding.text.replace(/"[^"]*"|\d+/g, "…").slice(0, 60)}`;
      const group = this.groups.get(key);
      if (group) group.count++;
      else {
        this.groups.set(key, { finding, first: one, count: 1 });
        this.first.push(`${finding.kind}: ${shown(finding.text, 400)}\n  ${name(one)}: ${shown(one.what, 200)}`);
      }
    }
  }

  /** @returns what was found since this was called before */
  news(): readonly string[] {
    return this.first.splice(0);
  }

  get findings(): number {
    return this.groups.size;
  }

  get inputs(): number {
    return this.accepted.length + this.refused;
  }

  /** @param seed for the command that shows an input again */
  report(seed: number): string {
    const { milliseconds, of } = this.slowest;
    const groups = [...this.groups.values()].sort((a, b) => b.count - a.count);
    return [
      `${this.inputs} inputs: ${this.accepted.length} accepted, ${this.refused} refused for ${this.rules.size} reasons.`,
      ...(of ? [`The longest to read took ${milliseconds.toFixed(0)} ms of the processor: ${name(of)}.`] : []),
      ...groups.map(({ finding, first, count }) =>
        [
          "",
          `${finding.kind}, ${count} ${count === 1 ? "time" : "times"}: ${shown(finding.text, 400)}`,
          `  ${shown(first.what, 200)}`,
          `  npm run fuzz -- --seed ${seed} --case ${name(first)}`,
        ].join("\n"),
      ),
      "",
      this.findings === 0 ? "Nothing was found." : `${this.findings} findings.`,
    ].join("\n");
  }
}

function name({ kind, index }: Case): string {
  return `${kind}:${index}`;
}

/** For a terminal: on one line, without anything that it would interpret. */
export function shown(text: string, limit: number): string {
  const plain = JSON.stringify(text)
    .slice(1, -1)
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, "·")
    .replaceAll('\\"', '"');
  return plain.length <= limit ? plain : `${plain.slice(0, limit)}…`;
}
