/** @returns a command that waits so many seconds, or `SETTLE_SECONDS` of Terraform's environment instead */
export function pause(seconds: number): string {
  return `sleep "$\${SETTLE_SECONDS:-${seconds}}"`;
}
