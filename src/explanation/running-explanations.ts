import type {
  Asked,
  Explained,
  Explanations,
  HypotheticalRequest,
  PastExplanation,
  Viewer,
} from '../admin-api/ports/explanations.ts';
import type { GatewayConfig } from '../config/compiled.ts';
import type { Authenticate } from '../gateway/authenticate.ts';
import type { Clock } from '../lib/clock.ts';
import type { AskingNodes } from './asking-nodes.ts';
import { explainRequest, type ExplainRules, type Question } from './explain-request.ts';
import { explanationDocument } from './explanation-document.ts';
import { hypotheticalUser, noToken, tokenOfUser } from './hypothetical.ts';
import { ageInWords } from './knowledge-age.ts';

export interface RunningExplanationsOptions {
  /** What decides in the data plane at this moment. */
  readonly rules: () => Pick<ExplainRules, 'config' | 'authenticate' | 'pools'>;
  readonly clock: Clock;
  /** Where past requests are looked for. */
  readonly nodes: Pick<AskingNodes, 'find'>;
}

/** Explains by the configuration in force and by what this node knows of tokens. */
export class RunningExplanations implements Explanations {
  readonly #options: RunningExplanationsOptions;

  constructor(options: RunningExplanationsOptions) {
    this.#options = options;
  }

  ofRequest(requestId: string, viewer: Viewer): Promise<PastExplanation> {
    return this.#options.nodes.find(requestId, viewer);
  }

  async explain({ method, path, host, from, as }: HypotheticalRequest): Promise<Explained> {
    const { clock } = this.#options;
    const { config, authenticate, pools } = this.#options.rules();
    const question: Question = {
      method,
      target: Buffer.from(path, 'utf8').toString('latin1'),
      host: host ?? 'localhost',
      from,
      token: as.kind === 'token' ? as.text : undefined,
    };
    const rules = {
      config,
      pools,
      authenticate: as.kind === 'token' ? authenticate : imagined(as, config, clock),
      ageOf: ageInWords(() => clock.monotonic()),
    };
    const explanation = await explainRequest(rules, question);
    return {
      document: explanationDocument(explanation, config),
      organizationId: explanation.record?.owner.organization.id,
    };
  }
}

function imagined(as: Exclude<Asked, { kind: 'token' }>, { roleScopes }: GatewayConfig, clock: Clock): Authenticate {
  switch (as.kind) {
    case 'nobody':
      return noToken;
    case 'scopes':
      return hypotheticalUser(as.scopes, as.userKind, as.organization);
    case 'user':
      return tokenOfUser({ owner: as.user, scopes: as.scopes }, roleScopes, clock.now());
  }
}
