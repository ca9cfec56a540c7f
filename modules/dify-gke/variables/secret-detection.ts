/** Endings of names whose values are secrets: API_KEY, but not MAX_TOKENS or ACCESS_TOKEN_EXPIRE_MINUTES. */
const SECRET_NAME =
  /(^|_)(API_?KEY|SECRET|SECRET_(ACCESS_)?KEY|SECRET_ID|ACCESS_KEY|ACCESS_KEY_ID|ACCESS_KEY_SECRET|ACCOUNT_KEY|PRIVATE_KEY|TOKEN|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|JSON_BASE64)$/i;

/** @returns whether the name of an environment variable suggests that its value is a secret */
export function namesSecret(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** @returns whether an environment variable holds a secret: by its name, or as a password in a URL */
export function holdsSecret(name: string, value: string): boolean {
  if (/:\/\/[^/\s:@]*:[^/\s@]+@/.test(value)) return true;
  // A switch that is named after what it switches (SHOW_PASSWORD=true) is no secret.
  return namesSecret(name) && !/^(true|false|)$/i.test(value);
}
