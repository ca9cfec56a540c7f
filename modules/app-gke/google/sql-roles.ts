import type { SqlUser } from "@cdktf/provider-google/lib/sql-user";

/** Cloud SQL's own group of administrators. */
export const ADMINISTRATORS = "cloudsqlsuperuser";

/** From this one on, CREATEROLE alone makes nobody a member of a role: https://www.postgresql.org/docs/16/release-16.html */
const STRICT = 16;

/**
 * Makes users of Cloud SQL's members of others where no statement of theirs can: up to PostgreSQL 15 a job of the application's does.
 * Cloud SQL calls users and roles interchangeable (https://cloud.google.com/sql/docs/postgres/users), and gives a new user the roles
 * that it is asked for in place of its own.
 * @param databaseVersion `POSTGRES_16`
 */
export function memberOfRoles(user: SqlUser, databaseVersion: string, others: readonly (SqlUser | string)[]): void {
  if (Number(/^POSTGRES_(\d+)$/.exec(databaseVersion)?.[1] ?? 0) < STRICT) return;
  const users = others.filter((other) => typeof other !== "string");
  // The class is older than the argument.
  user.addOverride(
    "database_roles",
    others.map((other) => (typeof other === "string" ? other : other.name)),
  );
  user.dependsOn = [
    ...(user.dependsOn ?? []),
    ...users.map(({ terraformResourceType, friendlyUniqueId }) => `${terraformResourceType}.${friendlyUniqueId}`),
  ];
}
