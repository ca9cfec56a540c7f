/** RFC 3339, with a time zone: without one, a time means something else on each machine. */
const FORMAT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)$/;
const COPY = "-of-";
const MARK = "Z-point-in-time-";
/** How the name of what is there before a restore ends. */
const SAFETY = "-before-restore";

/** @returns a moment, or what is wrong with it */
export function momentOf(text: string): Date | string {
  const moment = new Date(text);
  if (FORMAT.test(text) && !Number.isNaN(moment.getTime())) return moment;
  return `--at "${text}" is not a moment. Give a date, a time and a time zone: 2026-01-31T09:00:00Z, or 2026-01-31T10:00:00+01:00.`;
}

/** @returns `20260131090000` */
export function stampOf(moment: Date): string {
  return secondsOf(moment).replaceAll(/\D/g, "");
}

/** @returns how the names of backups of this moment begin: an attempt that fails leaves parts that nothing replaces */
export function backupsOf(moment: Date): string {
  return `${secondsOf(moment).replaceAll(":", "")}${MARK}`;
}

/** @returns whether a backup is of a moment before it was written, by its name */
export function isOfMoment(backup: string): boolean {
  return backup.includes(MARK);
}

/** @returns the name of another environment's backup in this one */
export function copyOf(backup: string, environment: string, withKey: boolean): string {
  return `${backup}${COPY}${environment}${withKey ? "-with-key" : ""}`;
}

/** @returns whether a backup is of another environment, by its name */
export function isCopy(backup: string): boolean {
  return backup.includes(COPY);
}

/** @returns whether a backup is what a restore took before it replaced everything, by its name */
export function isSafety(backup: string): boolean {
  return backup.endsWith(SAFETY);
}

/** @returns `2026-01-31T09:00:00` */
export function secondsOf(moment: Date): string {
  return moment.toISOString().slice(0, 19);
}

/** @returns the name of a backup that is not one of the schedule's; it sorts with those */
export function named(time: Date, end = SAFETY): string {
  return `${time.toISOString().slice(0, 19).replaceAll(":", "")}Z${end}`;
}
