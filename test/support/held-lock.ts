import postgres from 'postgres';
import { onCleanup } from './cleanup.ts';

/** Runs a statement that locks something, in a transaction that lasts until the function it returns is called. */
export async function holdLock(databaseUrl: string, statement: string): Promise<() => Promise<void>> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => undefined });
  const session = await sql.reserve();
  await session.unsafe('BEGIN');
  await session.unsafe(statement);
  // The server undoes the transaction of a session that ends.
  const letGo = (): Promise<void> => sql.end({ timeout: 0 });
  onCleanup(letGo);
  return letGo;
}
