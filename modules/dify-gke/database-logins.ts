import type { DifySettings } from "../dify-common";
import type { Variables } from "./variables";

/** @returns how Dify logs in to its database, and how that login changes */
export function databaseLogins(v: Variables): Pick<DifySettings["database"], "logins" | "rotation"> {
  return {
    logins: { used: v.database_authentication, earlier: v.database_authentication_from ?? undefined },
    rotation: v.enable_auto_password_rotation
      ? {
          periodSeconds: Number.parseInt(v.secret_rotation_period),
          delaySeconds: v.rotation_propagation_delay_sec,
        }
      : undefined,
  };
}
