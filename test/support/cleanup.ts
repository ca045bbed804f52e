type Cleanup = () => unknown;

const pending: Cleanup[] = [];

/** Runs `cleanup` when the tests of this file are over, the latest first. */
export function onCleanup(cleanup: Cleanup): void {
  pending.push(cleanup);
}

/** Runs what `onCleanup` was given; every one of them, even when one fails. */
export async function cleanUp(): Promise<void> {
  const failures: unknown[] = [];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    try {
      await next();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, 'what the tests started could not be cleaned up');
}
