import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const here = import.meta.dirname;
const root = resolve(here, '../..');
const compiled = join(root, 'node_modules/.cache/wayleave-bench');

/**
 * Compiles the programs that are measured as the gateway is compiled, to plain JavaScript. Run from source by tsx they
 * would carry its wrappers around functions, which would make the peers slower than they are.
 */
export function compilePrograms(): void {
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', here], { stdio: 'inherit' });
  writeFileSync(join(compiled, 'package.json'), '{ "type": "module" }\n');
}

/** Where a program of this folder lies after `compilePrograms`, by its path without the extension. */
export function compiledProgram(name: string): string {
  return join(compiled, 'test/bench', `${name}.js`);
}
