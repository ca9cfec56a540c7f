/** @returns a command that waits this many seconds, or `SETTLE_SECONDS` from Terraform's environment */
export function pause(seconds: number): string {
  return `sleep "$\${SETTLE_SECONDS:-${seconds}}"`;
}
