import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';

interface KeptHead {
  readonly organization_id: string;
  readonly seq: number;
  readonly link: string;
}

interface Signed {
  readonly rows: number;
  readonly sha256: string;
  readonly hmac: string;
}

/** What a file keeps of the audit log. */
export type KeptHeads =
  | {
      readonly kind: 'heads';
      /** The last row of each organisation that the file tells of. */
      readonly heads: readonly KeptHead[];
      /** The last line of an export, and the hash of what it signs. */
      readonly signed: Signed | undefined;
    }
  | { readonly kind: 'wrong'; readonly message: string };

const head = z.looseObject({ organization_id: z.string(), seq: z.int().min(1), link: z.string() });
const logLine = z.looseObject({ audit_heads: z.array(head) });
const trailerLine = z.looseObject({ trailer: z.object({ rows: z.int(), hmac: z.string() }) });

/** Reads an export of the audit log, or a log of the gateway with lines of its heads. Other lines are passed over. */
export async function readKeptHeads(file: string): Promise<KeptHeads> {
  const reader = new HeadReader();
  try {
    for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) reader.take(line);
  } catch (error) {
    return {
      kind: 'wrong',
      message: `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
  return reader.end(file);
}

class HeadReader {
  readonly #ends = new Map<string, KeptHead>();
  readonly #hash = createHash('sha256');
  #isExport = false;
  #signed: Signed | undefined;

  take(line: string): void {
    const value = parse(line);
    const last = trailerLine.safeParse(value);
    if (last.success) {
      this.#signed = { ...last.data.trailer, sha256: this.#hash.copy().digest('hex') };
      return;
    }
    this.#hash.update(`${line}\n`);
    const row = head.safeParse(value);
    if (row.success) this.#isExport = true;
    for (const one of row.success ? [row.data] : (logLine.safeParse(value).data?.audit_heads ?? [])) this.#keep(one);
  }

  end(file: string): KeptHeads {
    if (this.#isExport && this.#signed === undefined)
      return wrong(`${file} is no whole export: its last line is missing`);
    if (this.#ends.size === 0 && this.#signed === undefined)
      return wrong(`${file} is neither an export of the audit log nor a log with "audit_heads" lines`);
    return { kind: 'heads', heads: [...this.#ends.values()], signed: this.#signed };
  }

  #keep({ organization_id, seq, link }: KeptHead): void {
    if (seq > (this.#ends.get(organization_id)?.seq ?? 0))
      this.#ends.set(organization_id, { organization_id, seq, link });
  }
}

function wrong(message: string): KeptHeads {
  return { kind: 'wrong', message };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
