import { readFileSync } from 'node:fs';

/** What Wayleave takes from the environment, read once at start and passed on as an argument. */
export interface Environment {
  /** Every variable, for `${NAME}` in gateway.yaml; a secret given as `NAME_FILE` stands here under `NAME`. */
  readonly variables: ReadonlyMap<string, string>;
  /** Colours are not wanted (no-color.org). */
  readonly noColor: boolean;
  /** WAYLEAVE_CONFIG: the gateway.yaml to use when none is named. */
  readonly configFile: string | undefined;
  /** WAYLEAVE_SERVER: where the admin API listens. */
  readonly server: string | undefined;
  /** WAYLEAVE_TOKEN: the token that commands use. */
  readonly token: string | undefined;
  /** WAYLEAVE_SECRET_KEY: encrypts signing keys and authenticates what is shared between nodes. */
  readonly secretKey: string | undefined;
}

/** The environment contradicts itself or names a file that cannot be read. The message is for people. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
}

const secretNames = ['DATABASE_URL', 'REDIS_URL', 'WAYLEAVE_TOKEN', 'WAYLEAVE_SECRET_KEY'];
const secretLengthMax = 65_536;

/**
 * Reads the environment. An empty variable counts as one that is not set.
 * @throws EnvironmentError when a secret is given twice or its file cannot be read
 */
export function readEnvironment(
  source: Readonly<Record<string, string | undefined>> = process.env,
  readFile: (path: string) => string = (path) => readFileSync(path, 'utf8'),
): Environment {
  const variables = new Map<string, string>();
  for (const [name, value] of Object.entries(source)) if (value !== undefined) variables.set(name, value);
  for (const name of secretNames) {
    const path = variables.get(`${name}_FILE`) ?? '';
    if (path === '') continue;
    if ((variables.get(name) ?? '') !== '') {
      throw new EnvironmentError(`${name} and ${name}_FILE are both set; unset one of them`);
    }
    variables.set(name, readSecret(`${name}_FILE`, path, readFile));
  }
  const filled = (name: string) => variables.get(name) || undefined;
  return {
    variables,
    noColor: filled('NO_COLOR') !== undefined,
    configFile: filled('WAYLEAVE_CONFIG'),
    server: filled('WAYLEAVE_SERVER'),
    token: filled('WAYLEAVE_TOKEN'),
    secretKey: filled('WAYLEAVE_SECRET_KEY'),
  };
}

/** The text of a secret's file without the line break that editors and `echo` leave at its end. */
function readSecret(name: string, path: string, readFile: (path: string) => string): string {
  let text: string;
  try {
    text = readFile(path).replace(/\r?\n$/, '');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new EnvironmentError(`${name} names ${path}, which cannot be read (${reason})`);
  }
  if (text === '') throw new EnvironmentError(`${name} names ${path}, which is empty`);
  if (text.length > secretLengthMax)
    throw new EnvironmentError(`${name} names ${path}, which is too long for a secret`);
  return text;
}
