import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { ProblemCode } from './config-problem.ts';

export type FileOutcome =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'refused';
      readonly code: ProblemCode;
      readonly message: string;
      readonly fix: string | undefined;
    };

const fileBytesMax = 2 * 1024 * 1024;

/** Reads a gateway.yaml whole, but never more than 2 MiB of it. A byte order mark is dropped. */
export function readConfigFile(file: string): FileOutcome {
  let bytes: Buffer;
  try {
    bytes = readWhole(file);
  } catch (error) {
    return unreadable(file, error);
  }
  if (bytes.length > fileBytesMax) {
    return refused(
      'file-too-large',
      'the file is larger than 2 MiB',
      'a gateway.yaml of 10,000 routes takes about 1 MiB',
    );
  }
  return decode(bytes);
}

/** The text of the bytes; UTF-16, other encodings and binary data are told apart for the message's sake. */
function decode(bytes: Uint8Array): FileOutcome {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff) || halfZero(bytes)) {
    return refused('file-encoding', 'the file is UTF-16', 'save it as UTF-8');
  }
  if (bytes.includes(0)) return refused('file-encoding', 'the file is binary, not text', 'name a YAML file');
  try {
    return { kind: 'text', text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return refused('file-encoding', 'the file is not UTF-8', 'save it as UTF-8');
  }
}

/** UTF-16 without a byte order mark: every other one of the first bytes is zero. */
function halfZero(bytes: Uint8Array): boolean {
  const head = bytes.subarray(0, 64);
  const zeros = head.reduce((count, byte) => count + (byte === 0 ? 1 : 0), 0);
  return head.length >= 2 && zeros === Math.floor(head.length / 2) && (head[0] === 0) !== (head[1] === 0);
}

const readsMax = 3;

/** Reads the file anew when somebody wrote into it meanwhile, a few times. */
function readWhole(file: string): Buffer {
  let read = readBounded(file);
  for (let reads = 1; read.isTorn && reads < readsMax; reads++) read = readBounded(file);
  return read.bytes;
}

interface BoundedRead {
  readonly bytes: Buffer;
  /** The file was changed while it was read. */
  readonly isTorn: boolean;
}

function readBounded(file: string): BoundedRead {
  const descriptor = openSync(file, 'r');
  try {
    const before = fstatSync(descriptor, { bigint: true });
    if (before.isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
    const chunks: Buffer[] = [];
    for (let total = 0; total <= fileBytesMax;) {
      const chunk = Buffer.alloc(64 * 1024);
      const length = readSync(descriptor, chunk);
      if (length === 0) break;
      chunks.push(chunk.subarray(0, length));
      total += length;
    }
    const after = fstatSync(descriptor, { bigint: true });
    return { bytes: Buffer.concat(chunks), isTorn: before.mtimeNs !== after.mtimeNs || before.size !== after.size };
  } finally {
    closeSync(descriptor);
  }
}

function unreadable(file: string, error: unknown): FileOutcome {
  const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  switch (reason) {
    case 'ENOENT':
      return refused(
        'file-missing',
        `there is no file ${file}`,
        'name the file to use, or set WAYLEAVE_CONFIG to its path',
      );
    case 'ENOTDIR':
      return refused('file-missing', `there is no file ${file}: a part of the path is not a folder`, undefined);
    case 'EISDIR':
      return refused('file-unreadable', `${file} is a folder`, 'name the file in it');
    case 'EACCES':
    case 'EPERM':
      return refused('file-unreadable', `${file} may not be read by this user`, 'give the user read permission');
    default:
      return refused('file-unreadable', `${file} cannot be read (${reason})`, undefined);
  }
}

function refused(code: ProblemCode, message: string, fix: string | undefined): FileOutcome {
  return { kind: 'refused', code, message, fix };
}
