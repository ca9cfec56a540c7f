/** A line of `terraform … -json`, as far as it is used here. */
interface Event {
  readonly type?: string;
  readonly "@message"?: string;
  readonly hook?: { readonly resource?: { readonly addr?: string }; readonly elapsed_seconds?: number };
  readonly changes?: {
    readonly add?: number;
    readonly change?: number;
    readonly remove?: number;
    readonly operation?: string;
  };
  readonly diagnostic?: {
    readonly severity?: string;
    readonly summary?: string;
    readonly detail?: string;
    readonly address?: string;
  };
}

/** Follows Terraform's reports of a run: how far it is, and the reports as text for people. */
export class Progress {
  done = 0;
  total: number | undefined;
  /** Seconds for each finished resource, by address. */
  readonly resources = new Map<string, number>();
  private readonly running = new Map<string, number>();
  private outcome: string | undefined;

  /** @returns the line as text for a log; never the whole event, because a plan's events and outputs contain values */
  read(line: string): string {
    const event = parse(line);
    if (!event) return line;
    const address = event.hook?.resource?.addr ?? "";
    switch (event.type) {
      case "change_summary":
        this.summarize(event.changes ?? {});
        break;
      case "apply_start":
        this.running.set(address, Date.now());
        break;
      case "apply_complete":
        this.running.delete(address);
        this.resources.set(address, event.hook?.elapsed_seconds ?? 0);
        this.done += 1;
        break;
      case "apply_errored":
        this.running.delete(address);
        break;
      case "diagnostic":
        return diagnosticText(event.diagnostic ?? {});
    }
    return event["@message"] ?? "";
  }

  private summarize({ add = 0, change = 0, remove = 0, operation }: NonNullable<Event["changes"]>): void {
    if (operation === "plan") this.total = add + change + remove;
    else {
      const counts = [add && `${add} added`, change && `${change} changed`, remove && `${remove} destroyed`];
      this.outcome = counts.filter(Boolean).join(", ") || "nothing to do";
    }
  }

  /** Where the run is: `12 of 80, google_sql_database_instance.foundation_sql`. */
  get status(): string {
    if (this.total === undefined) return "";
    const [slowest] = [...this.running].sort(([, a], [, b]) => a - b).map(([address]) => address);
    return `${this.done} of ${this.total}${slowest === undefined ? "" : `, ${slowest}`}`;
  }

  /** What the run did: `80 added`. */
  get result(): string {
    return this.outcome ?? "";
  }
}

function parse(line: string): Event | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as Event;
  } catch {
    return undefined;
  }
}

function diagnosticText(diagnostic: NonNullable<Event["diagnostic"]>): string {
  const { severity = "error", summary = "", detail = "", address } = diagnostic;
  return [
    `${severity === "error" ? "Error" : "Warning"}: ${summary}`,
    ...(address ? [`  with ${address}`] : []),
    ...detail
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map((line) => `  ${line}`),
  ].join("\n");
}
