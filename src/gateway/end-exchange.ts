import type { Problem } from '../core/problem.ts';
import type { Exchange } from './exchange.ts';

/** Why a course was stopped: what let the exchange pass no longer holds. */
export class ExchangeEnded extends Error {
  override readonly name = 'ExchangeEnded';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

/**
 * Ends an exchange on both sides. One that waits for its answer gets the problem for an answer; an answer under way is
 * cut off. What is not sent on yet never will be: whoever sends it on looks for the problem first.
 * @returns whether there was anything to end
 */
export function endExchange(exchange: Exchange, problem: Problem): boolean {
  // It is being answered with a problem already.
  if (exchange.problem !== undefined) return false;
  exchange.problem = problem;
  exchange.course?.stop(new ExchangeEnded(problem));
  return true;
}
