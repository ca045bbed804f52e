import { useEffect, useRef, useState } from 'preact/hooks';
import { useSession } from '../session.ts';
import type { Answer, CallName, Input, Outcome, Problem } from './client.ts';

/** An answer that is awaited, there, or a problem; an answer stays while the next one is awaited. */
export interface Loaded<Body> {
  readonly body: Body | undefined;
  readonly problem: Problem | undefined;
  readonly busy: boolean;
  readonly reload: () => void;
}

/** Makes a call whenever what it asks for changes. @param input undefined: not now */
export function useCall<Name extends CallName>(name: Name, input: Input<Name> | undefined): Loaded<Answer<Name>> {
  const { client } = useSession();
  const [outcome, setOutcome] = useState<Outcome<Answer<Name>>>();
  const [busy, setBusy] = useState(input !== undefined);
  const [round, setRound] = useState(0);
  const wanted = JSON.stringify(input);
  useEffect(() => {
    if (input === undefined) return undefined;
    let isCurrent = true;
    setBusy(true);
    const load = async (): Promise<void> => {
      const found = await client.call(name, input);
      if (!isCurrent) return;
      setOutcome(found);
      setBusy(false);
    };
    void load();
    return () => {
      isCurrent = false;
    };
  }, [name, wanted, round]);
  return {
    body: outcome?.kind === 'answer' ? outcome.body : undefined,
    problem: outcome?.kind === 'problem' ? outcome.problem : undefined,
    busy,
    reload: () => setRound((past) => past + 1),
  };
}

type ListName = { [Name in CallName]: Answer<Name> extends Page ? Name : never }[CallName];

interface Page {
  readonly items: readonly unknown[];
  readonly next_cursor: string | null;
}

type Item<Name extends ListName> = Answer<Name> extends { readonly items: readonly (infer One)[] } ? One : never;

export interface List<One> {
  /** Undefined until the first page is there. */
  readonly items: readonly One[] | undefined;
  readonly problem: Problem | undefined;
  readonly busy: boolean;
  /** Fetches the next page; undefined when there is none. */
  readonly more: (() => void) | undefined;
  readonly reload: () => void;
}

/** A list, page by page. It begins anew whenever what it asks for changes. */
export function useList<Name extends ListName>(name: Name, input: Input<Name>): List<Item<Name>> {
  const { client } = useSession();
  const [items, setItems] = useState<readonly Item<Name>[]>();
  const [cursor, setCursor] = useState<string | null>(null);
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(true);
  const [round, setRound] = useState(0);
  const flight = useRef(0);
  const wanted = JSON.stringify(input);

  const load = async (after: string | null): Promise<void> => {
    const mine = ++flight.current;
    setBusy(true);
    const asked = after === null ? input : { ...input, query: { ...input.query, cursor: after } };
    const outcome = await client.call(name, asked);
    if (mine !== flight.current) return;
    setBusy(false);
    setProblem(outcome.kind === 'problem' ? outcome.problem : undefined);
    if (outcome.kind === 'problem') return;
    const page = outcome.body as unknown as Page;
    const found = page.items as readonly Item<Name>[];
    setItems((known) => (after === null ? found : [...(known ?? []), ...found]));
    setCursor(page.next_cursor);
  };

  useEffect(() => {
    void load(null);
    return () => {
      flight.current++;
    };
  }, [name, wanted, round]);

  return {
    items,
    problem,
    busy,
    more: cursor === null ? undefined : () => void load(cursor),
    reload: () => setRound((past) => past + 1),
  };
}

export interface Action {
  readonly busy: boolean;
  readonly problem: Problem | undefined;
  /** Makes a call unless one is under way; resolves to its answer, or to undefined when there was a problem. */
  readonly run: <Name extends CallName>(name: Name, input: Input<Name>) => Promise<Answer<Name> | undefined>;
}

/** A call that somebody asks for by a button. */
export function useAction(): Action {
  const { client } = useSession();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  return {
    busy,
    problem,
    run: async (name, input) => {
      if (busy) return undefined;
      setBusy(true);
      setProblem(undefined);
      const outcome = await client.call(name, input);
      setBusy(false);
      if (outcome.kind === 'answer') return outcome.body;
      setProblem(outcome.problem);
      return undefined;
    },
  };
}
