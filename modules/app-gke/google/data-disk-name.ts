import { limitName } from "../installation";

/** @returns the name of the disk of a file server that is created here */
export function dataDiskName(fileServer: string): string {
  return limitName(`${fileServer}-data`, 63);
}
