/** The arguments of one block, without CDKTF's own notes. */
export type Block = Readonly<Record<string, unknown>>;

/** A synthesized stack by Terraform addresses. */
export interface Stack {
  /** `google_storage_bucket.app_files`, `data.google_project.app`, `output.url`, `provider.google`, `terraform.backend`, … */
  readonly blocks: ReadonlyMap<string, Block>;
  /** Where resources have moved to, according to `moved` blocks. */
  readonly moved: readonly { readonly from: string; readonly to: string }[];
}

type Named = Readonly<Record<string, unknown>>;

/** Kinds of blocks with two labels, type and name, with the beginning of their addresses. */
const TYPED = { resource: "", data: "data.", ephemeral: "ephemeral." } as const;
/** Kinds of blocks with one label. */
const NAMED = { output: "output.", variable: "var.", locals: "local.", terraform: "terraform." } as const;

/** @param json the text of a `cdk.tf.json` */
export function parseStack(json: string): Stack {
  return stackOf(JSON.parse(json) as object);
}

/** @param json content of a `cdk.tf.json` */
export function stackOf(json: object): Stack {
  const { moved, provider, ...kinds } = json as Named;
  const blocks = new Map<string, Block>();
  const add = (address: string, value: unknown): void => void blocks.set(address, block(value));
  for (const [kind, value] of entries(kinds)) {
    if (kind in TYPED) {
      for (const [type, named] of entries(value)) {
        for (const [name, body] of entries(named)) add(`${TYPED[kind as keyof typeof TYPED]}${type}.${name}`, body);
      }
    } else if (kind in NAMED) {
      for (const [name, body] of entries(value)) add(`${NAMED[kind as keyof typeof NAMED]}${name}`, body);
    } else add(kind, value);
  }
  for (const [name, bodies] of entries(provider)) {
    for (const body of list(bodies)) {
      const { alias } = block(body);
      add(["provider", name, ...(typeof alias === "string" ? [alias] : [])].join("."), body);
    }
  }
  return { blocks, moved: list(moved) as Stack["moved"] };
}

/** @returns whether an address belongs to a resource that Terraform creates, changes and destroys */
export function isManaged(address: string): boolean {
  const [first = "", second] = address.split(".");
  return second !== undefined && first.includes("_");
}

/**
 * @returns whether an address names something that people or a state may rely on, rather than a setting of the stack
 */
export function isAddress(address: string): boolean {
  return isManaged(address) || /^(data|ephemeral|output|var)\./.test(address);
}

/** @returns an address without its name: `google_storage_bucket`, `data.google_project`, `output`; `check` has none */
export function typeOf(address: string): string {
  return address.includes(".") ? address.slice(0, address.lastIndexOf(".")) : address;
}

function block(value: unknown): Block {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return { value };
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== "//"));
}

function entries(value: unknown): [string, unknown][] {
  return typeof value === "object" && value !== null ? Object.entries(value).filter(([name]) => name !== "//") : [];
}

function list(value: unknown): unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}
