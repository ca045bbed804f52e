/** What a server said, whatever its status. */
export interface Probed {
  readonly status: number;
  readonly text: string;
}

const withinMs = 2000;

/** Asks a server that may be any. @throws when there is no answer within two seconds */
export async function probe(url: string): Promise<Probed> {
  const answer = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(withinMs) });
  return { status: answer.status, text: (await answer.text()).trim() };
}
