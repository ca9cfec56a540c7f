/** One field of a schedule, with the names for its numbers. */
interface Field {
  readonly least: number;
  readonly most: number;
  /** In the order of their numbers. @default - none */
  readonly names?: readonly string[];
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const MINUTE: Field = { least: 0, most: 59 };
const HOUR: Field = { least: 0, most: 23 };
const DAY: Field = { least: 1, most: 31 };
const MONTH: Field = { least: 1, most: 12, names: MONTHS };
const WEEKDAY: Field = { least: 0, most: 6, names: DAYS };

/** The most days of each month. */
const LONGEST = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const DESCRIPTORS = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

/**
 * Whether Kubernetes accepts a schedule and it ever occurs. The rules are those of the parser in its API server
 * (https://github.com/robfig/cron/blob/v3.0.1/parser.go, ParseStandard): no 7 for Sunday, and no time zone
 * (https://github.com/kubernetes/kubernetes/blob/v1.33.0/pkg/apis/batch/validation/validation.go,
 * validateScheduleFormat).
 */
export function isCron(schedule: string): boolean {
  if (schedule.includes("TZ")) return false;
  if (schedule.startsWith("@"))
    return DESCRIPTORS.includes(schedule) || /^@every (\d+(\.\d+)?(h|m|s))+$/.test(schedule);
  const fields = schedule.trim().split(/\s+/);
  if (fields.length !== 5) return false;
  const [minute = "", hour = "", day = "", month = "", weekday = ""] = fields;
  const days = numbers(day, DAY);
  const months = numbers(month, MONTH);
  const weekdays = numbers(weekday, WEEKDAY);
  if (!numbers(minute, MINUTE) || !numbers(hour, HOUR) || !days || !months || !weekdays) return false;
  // If a day of the week is given as well, either is enough.
  const byWeekday = !/^[*?]/.test(weekday) && !/^[*?]/.test(day);
  return byWeekday || months.some((each) => days.some((one) => one <= (LONGEST[each - 1] ?? 0)));
}

/**
 * The same for schedules of which only hour and minute are used: no descriptors, and Sunday may be 7 as in crontab(5).
 */
export function isCrontab(schedule: string): boolean {
  const fields = schedule.trim().split(/\s+/);
  if (fields.length !== 5) return false;
  return [MINUTE, HOUR, DAY, MONTH, { ...WEEKDAY, most: 7 }].every((field, index) =>
    numbers(fields[index] ?? "", field),
  );
}

/** @returns the numbers in a field; nothing if it is malformed */
function numbers(text: string, field: Field): readonly number[] | undefined {
  const found = new Set<number>();
  const parts = text.split(",").filter((part) => part !== "");
  // The parser would accept a field of commas, which never occurs.
  if (parts.length === 0) return undefined;
  for (const part of parts) {
    const [range = "", step, ...more] = part.split("/");
    const [low = "", high, ...others] = range.split("-");
    if (more.length > 0 || others.length > 0) return undefined;
    const any = low === "*" || low === "?";
    const from = any ? field.least : number(low, field);
    const open = any || (high === undefined && step !== undefined);
    const to = open ? field.most : high === undefined ? from : number(high, field);
    const width = step === undefined ? 1 : number(step, { least: 1, most: Number.MAX_SAFE_INTEGER });
    if (from === undefined || to === undefined || width === undefined || from > to) return undefined;
    for (let each = from; each <= to; each += width) found.add(each);
  }
  return [...found];
}

function number(text: string, { least, most, names }: Field): number | undefined {
  const named = names?.indexOf(text.toLowerCase()) ?? -1;
  const value = named === -1 ? (/^\d+$/.test(text) ? Number(text) : Number.NaN) : named + least;
  return value >= least && value <= most ? value : undefined;
}
