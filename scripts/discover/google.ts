import { certificatemanager_v1 } from "googleapis/build/src/apis/certificatemanager/v1";
import { dns_v1 } from "googleapis/build/src/apis/dns/v1";
import { clientOptions, type Google, google } from "../google-apis/clients";
import type { Credentials } from "../google-apis/credentials";

/** Clients of the APIs that discovery asks, all of them to read. */
export interface Sources extends Google {
  readonly certificates: certificatemanager_v1.Certificatemanager;
  readonly dns: dns_v1.Dns;
}

/** @param quotaProject what requests are counted for. @default - the project of the credentials */
export function sources(auth: Credentials, env: NodeJS.ProcessEnv, quotaProject?: string): Sources {
  const options = (name: string) => clientOptions(auth, env, name, quotaProject);
  return {
    ...google(auth, env, quotaProject),
    certificates: new certificatemanager_v1.Certificatemanager(options("CERTIFICATE_MANAGER")),
    dns: new dns_v1.Dns(options("DNS")),
  };
}
