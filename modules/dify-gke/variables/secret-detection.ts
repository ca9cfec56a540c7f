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

/** The forms of keys that say of themselves whose they are, and of private keys; none of them can be in anything longer. */
const FORMS: readonly RegExp[] = [
  /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----/,
  // OpenAI, Anthropic and those that took the form over
  /(?<![\w-])sk-(?:[a-z0-9]{1,20}-){0,3}[A-Za-z0-9_]{24,}/,
  // https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github#githubs-token-formats
  /(?<![\w-])(?:gh[opsur]_[A-Za-z0-9]{36}|github_pat_\w{22}|glpat-[\w-]{20}|npm_[A-Za-z0-9]{36})/,
  // Google, Hugging Face, Slack, Stripe
  /(?<![\w-])(?:AIza[\w-]{35}|hf_[A-Za-z0-9]{30}|xox[abeprs]-[\w-]{20}|[rs]k_live_[A-Za-z0-9]{20})/,
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
  /(?<![\w-])A(?:KIA|SIA)[A-Z0-9]{16}(?!\w)/,
];

/** @returns whether a text has the form of a key, whatever its name says */
export function isKey(text: string): boolean {
  return FORMS.some((form) => form.test(text));
}
