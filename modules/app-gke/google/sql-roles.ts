import type { SqlUser } from "@cdktf/provider-google/lib/sql-user";

/** Cloud SQL's own group of administrators. */
export const ADMINISTRATORS = "cloudsqlsuperuser";

/** From this version of PostgreSQL on, CREATEROLE alone does not allow to add members to a role: https://www.postgresql.org/docs/16/release-16.html */
const STRICT = 16;

/**
 * Makes a Cloud SQL user a member of other users' roles through Google's API, from PostgreSQL 16 on. Before, a job of the application
 * does that with a statement. For Cloud SQL, users are roles (https://cloud.google.com/sql/docs/postgres/users), and a new user gets
 * the roles that are asked for instead of the usual one.
 * @param databaseVersion `POSTGRES_16`
 */
export function memberOfRoles(user: SqlUser, databaseVersion: string, others: readonly (SqlUser | string)[]): void {
  if (Number(/^POSTGRES_(\d+)$/.exec(databaseVersion)?.[1] ?? 0) < STRICT) return;
  const users = others.filter((other) => typeof other !== "string");
  // CDKTF's class does not have the argument yet.
  user.addOverride(
    "database_roles",
    others.map((other) => (typeof other === "string" ? other : other.name)),
  );
  user.dependsOn = [
    ...(user.dependsOn ?? []),
    ...users.map(({ terraformResourceType, friendlyUniqueId }) => `${terraformResourceType}.${friendlyUniqueId}`),
  ];
}
