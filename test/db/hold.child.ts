import { once } from 'node:events';
import { openStore, type StoreLocation } from '../../src/db/store.ts';

// Opens a store as `serve` does and holds it until its standard input ends.
const location = JSON.parse(process.argv[2] ?? '') as StoreLocation;
try {
  const store = await openStore(location, { role: 'serve' });
  process.stdout.write('open\n');
  await once(process.stdin.resume(), 'end');
  await store.close();
  process.stdout.write('closed\n');
} catch (error) {
  process.stdout.write(`refused ${error instanceof Error ? error.message : String(error)}\n`);
}
process.stdin.destroy();
