/** Problems of one value, one file or the directory: by id, with what is wrong and what follows from it. */
export const problemKinds = {
  "directory-unreadable": {
    what: "A directory of variable files that does not exist, or cannot be read",
    why: "There is nothing to check or to build.",
  },
  "directory-empty": { what: "A directory without a variable file", why: "There is nothing to check or to build." },
  "environment-unknown": {
    what: "An environment that has no variable file",
    why: "There is nothing to check or to build.",
  },
  "environment-name": {
    what: "A file name that is not a valid name of an environment",
    why: "Stacks and resources are named after it.",
  },
  "stack-name-taken": {
    what: "A file with the name of another one's foundation or operators: `dev-foundation` next to `dev`",
    why: "One would overwrite the other's files and state.",
  },
  "file-twice": { what: "Two files for one environment", why: "Which of the two counts is not known." },
  "file-unreadable": { what: "A variable file that cannot be read", why: "Nothing in it is known." },
  "file-not-utf-8": {
    what: "A variable file in another encoding than UTF-8",
    why: "Its texts would be read as other texts.",
  },
  "file-too-large": {
    what: "A variable file that is too large",
    why: "Kubernetes could not take its values.",
  },
  "file-syntax": {
    what: "A variable file that breaks the rules of its language",
    why: "What it means is not known.",
  },
  "variable-unknown": { what: "A variable that does not exist", why: "It would have no effect." },
  "variable-given-twice": { what: "A variable with two values", why: "Which of the two is meant is not known." },
  "field-given-twice": {
    what: "A field of an object, or a name in a map, with two values",
    why: "The last one would count, and no message would say so.",
  },
  "variable-as-block": {
    what: "A variable written as a block, without `=`",
    why: "Terraform would not take it either.",
  },
  "variable-missing": {
    what: "A required variable without a value",
    why: "No default would fit everybody.",
  },
  "secret-in-file": {
    what: "A sensitive variable in a file",
    why: "Everybody who may read the file or its history would know the secret.",
  },
  "secret-in-value": {
    what: "A value with the form of an API key, a token or a private key",
    why: "Everybody who may read the file or its history has it.",
  },
  "value-is-expression": {
    what: "An expression or a reference in place of a plain value",
    why: "Nothing in a variable file is evaluated.",
  },
  "value-has-no-character": {
    what: "A text with a character that no text can have",
    why: "No container could be given such a value.",
  },
  "number-for-text": {
    what: "A number without quotes, where a text is meant that would become another one",
    why: "Digits would be lost.",
  },
  "value-missing": { what: "A required field without a value", why: "The object has no default for it." },
  "value-not-allowed": {
    what: "A value of another type, or out of its limits",
    why: "Terraform, Google or Kubernetes would refuse it in the middle of the apply, or read it as something else.",
  },
  "value-left-over": {
    what: "`null`, `undefined`, `NaN`, `nil` or `None` in quotes, as a name, an address or the like",
    why: "A template or script had no value: resources would get that name, or be looked for under it.",
  },
  "name-not-allowed": {
    what: "A name in a map that is not allowed",
    why: "Google or Kubernetes would refuse it, or it would be lost.",
  },
  "field-unknown": { what: "A field that the object does not have", why: "It would have no effect." },
  "more-problems": {
    what: "More problems than are worth reading at once",
    why: "They are counted, and shown once the first ones are corrected.",
  },
} as const satisfies Readonly<Record<string, { readonly what: string; readonly why: string }>>;

/** What kind of problem it is, in stable words. */
export type ProblemKind = keyof typeof problemKinds;
