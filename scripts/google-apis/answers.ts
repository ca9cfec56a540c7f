/** An answer of Google's that is an error. */
interface GoogleError extends Error {
  readonly status?: number;
  readonly code?: number | string;
}

/** @returns the HTTP status of an error, if Google answered at all */
export function statusOf(error: unknown): number | undefined {
  const { status, code } = error as GoogleError;
  return status ?? (typeof code === "number" ? code : Number(code) || undefined);
}

/** @returns what is there; `undefined` where Google says that nothing is */
export async function found<T>(answer: Promise<{ readonly data: T }>): Promise<T | undefined> {
  try {
    return (await answer).data;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

/** @returns whether Google refused because the API is not enabled in the project */
export function isDisabled(error: unknown): boolean {
  return (
    statusOf(error) === 403 &&
    /SERVICE_DISABLED|has not been used in project|is disabled/.test((error as Error).message)
  );
}

/** @returns the API that an error of Google's is about: `sqladmin.googleapis.com` */
export function apiOf(error: unknown): string | undefined {
  return /\b[a-z]+\.googleapis\.com\b/.exec((error as Error).message)?.[0];
}
