import { createRequire } from "node:module";

/** Of cdktf 0.21: what each reference, and each value that is resolved late, asks where it was made. */
const MODULE = "cdktf/lib/tokens/private/stack-trace";

/**
 * Has CDKTF take no stack traces: it takes thousands, of any depth, for the error about a reference that cannot be
 * resolved. They are most of the time that it takes to build a stack. Errors keep theirs.
 */
export function skipStackTraces(): void {
  const traces = createRequire(__filename)(MODULE) as { captureStackTrace: () => readonly string[] };
  traces.captureStackTrace = () => [];
}
