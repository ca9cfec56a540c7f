import { isCron, isCrontab } from "../../modules/app-gke/workload/cron";
import { isRe2 } from "../../modules/dify-gke/variables/re2";

/** What the parser of Kubernetes takes and refuses: robfig/cron v3, parser_test.go, and what its API server adds. */
const TAKEN = [
  ...["0 3 * * *", "*/15 * * * *", "0 9-17 * * 1-5", "0,30 2 * * 0", "5/15 * * * *", "0 0 ? * ?", "0 0 1-31/2 * *"],
  ...["0 0 * jan-DEC *", "0 0 * * sun,Wed", "0 0 * * MON-fri", "  0 3 * * *  ", "0\t3 * * *", "00 03 * * *"],
  ...["@daily", "@hourly", "@weekly", "@monthly", "@yearly", "@annually", "@midnight", "@every 1h30m", "*-5 * * * *"],
  ...["0 0 29 2 *", "0 0 31 2 1", "0 0 31 1-2 *"],
];
const REFUSED = [
  ...["0 3 * * 7", "60 3 * * *", "0 24 * * *", "0 0 0 * *", "0 0 32 * *", "0 0 * 13 *", "0 0 * 0 *", "-1 * * * *"],
  ...["*/0 * * * *", "5-1 * * * *", "1-2-3 * * * *", "1/2/3 * * * *", "a * * * *", "0 0 * * sunday", "1.5 * * * *"],
  ...["0 3 * *", "0 3 * * * *", "", " ", "@reboot", "@Daily", "@every", "@every day", "0 3 L * *", "0 3 * * 1#2"],
  ...["TZ=UTC 0 3 * * *", "CRON_TZ=Europe/Berlin 0 3 * * *", "*/x * * * *", ", * * * *"],
  // Days that no year has.
  ...["0 0 31 2 *", "0 0 30 feb *", "0 0 31 4,6,9,11 *"],
];

test.each(TAKEN)("a schedule that Kubernetes takes: %j", (schedule) => {
  expect(isCron(schedule)).toBe(true);
});

test.each(REFUSED)("a schedule that it refuses, or that never comes: %j", (schedule) => {
  expect(isCron(schedule)).toBe(false);
});

test("where only hour and minute are read, Sunday may be 7", () => {
  expect(["0 2 * * *", "15 4 * * 7", "0 2 * * 0"].map(isCrontab)).toEqual([true, true, true]);
  expect(["@daily", "0 2 * *", "0 2 * * 8", "60 2 * * *"].map(isCrontab)).toEqual([false, false, false, false]);
});

test("long texts take no time", () => {
  for (const text of ["61,", "1-", "1/", " ", "*"].map((part) => part.repeat(100_000))) {
    expect(isCron(`${text} * * * *`)).toBe(false);
    expect(isCrontab(text)).toBe(false);
  }
  expect(isRe2("(".repeat(100_000))).toBe(false);
});
