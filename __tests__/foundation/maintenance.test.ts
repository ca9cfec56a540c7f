import { only, SERVICES, synthesize } from "./stack";

const EXCLUSIONS = [
  { startDate: "2026-12-20", endDate: "2027-01-04" },
  { startDate: "2027-03-01", endDate: "2027-03-03" },
];

function maintained(maintenance: object) {
  const stack = synthesize({
    ...SERVICES,
    cluster: { ...SERVICES.cluster, maintenance },
    sql: { ...SERVICES.sql, maintenance },
  });
  return {
    cluster: only(stack, "google_container_cluster")["maintenance_policy"],
    instance: only(stack, "google_sql_database_instance")["settings"],
  };
}

describe("maintenance", () => {
  test("is Google's choice without a word, and the database's two hours after its backup", () => {
    const { cluster, instance } = maintained({});
    expect(cluster).toBeUndefined();
    expect(instance).toMatchObject({ maintenance_window: { day: 7, hour: 1 } });
    expect(instance).not.toHaveProperty("deny_maintenance_period");
  });

  test("has four hours a day of the cluster's, over midnight as well, and an hour of the database's", () => {
    const { cluster, instance } = maintained({ startHour: 22 });
    expect(cluster).toEqual({
      recurring_window: {
        start_time: "2025-01-01T22:00:00Z",
        end_time: "2025-01-02T02:00:00Z",
        recurrence: "FREQ=DAILY",
      },
      maintenance_exclusion: [],
    });
    expect(instance).toMatchObject({ maintenance_window: { day: 7, hour: 22 } });
  });

  test("leaves out every period of the cluster's, and the first of the database's", () => {
    const { cluster, instance } = maintained({ exclusions: EXCLUSIONS });
    expect(cluster).toMatchObject({
      recurring_window: { start_time: "2025-01-01T00:00:00Z", end_time: "2025-01-02T00:00:00Z" },
      maintenance_exclusion: [
        {
          exclusion_name: "no-upgrades-2026-12-20",
          start_time: "2026-12-20T00:00:00Z",
          end_time: "2027-01-04T00:00:00Z",
          exclusion_options: { scope: "NO_UPGRADES" },
        },
        { exclusion_name: "no-upgrades-2027-03-01" },
      ],
    });
    expect(instance).toMatchObject({
      deny_maintenance_period: { start_date: "2026-12-20", end_date: "2027-01-04", time: "00:00:00" },
    });
  });
});
