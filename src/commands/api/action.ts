import type { z } from 'zod';
import type { Answer, ApiCall, ApiClient, Failure } from './client.ts';
import type { TableLook } from '../terminal/table.ts';
import type { Input, OptionTable } from '../terminal/options.ts';

/** One verb of a noun, such as `create` of `token`: what it takes, what it asks of the admin API, what it shows. */
export interface Action {
  readonly verb: string;
  /** Other words that people try. */
  readonly aliases?: readonly string[];
  /** A sentence without its full stop. */
  readonly summary: string;
  /** Arguments without an option, such as `TOKEN`. */
  readonly takes?: readonly string[];
  readonly options?: OptionTable;
  /** Options of which none may be left out. */
  readonly required?: readonly string[];
  readonly examples: readonly string[];
  /** What cannot be undone, as a sentence; asked before the action runs. undefined: nothing to ask about this time. */
  warning?(input: Input): string | undefined;
  run(context: ActionContext): Promise<ActionOutcome>;
}

export interface ActionContext {
  readonly input: Input;
  readonly client: ApiClient;
  readonly nowMs: number;
  readonly look: TableLook;
  /** Writes to standard output at once what is too long to be kept until the action ends. */
  readonly write: (text: string) => void;
  /** Reads a secret that is no argument: from standard input, or asked for at a terminal. */
  readonly readSecret: (question: string) => Promise<string>;
}

export type ActionOutcome = Shown | { readonly kind: 'failed'; readonly failure: Failure };

export interface Shown {
  readonly kind: 'shown';
  /** What `--json` prints: the server's answer. */
  readonly body: unknown;
  /** What standard output gets without `--json`; a secret stands there alone. */
  readonly text: string;
  /** Lines for standard error. */
  readonly notes: readonly string[];
  /** What was asked is answered, and the answer is no. */
  readonly isNegative?: boolean;
}

/** Makes one call and shows its answer; most actions are no more than that. */
export async function callAndShow<Body>(
  client: ApiClient,
  call: ApiCall,
  shape: z.ZodType<Body>,
  show: (body: Body) => { text?: string; notes?: readonly string[] },
): Promise<ActionOutcome> {
  const answer: Answer<Body> = await client.call(call, shape);
  if (answer.kind === 'failed') return answer;
  const { text = '', notes = [] } = show(answer.body);
  return { kind: 'shown', body: answer.body, text, notes };
}

/** An action that is wrongly asked for, told without a call. */
export function refused(message: string): ActionOutcome {
  return { kind: 'failed', failure: { kind: 'refused', message } };
}
