import type { GatewayConfig } from '../../config/compiled.ts';
import type { ExplanationDocument } from '../../core/explanation.ts';
import { explainRequest } from '../../explanation/explain-request.ts';
import { explanationDocument } from '../../explanation/explanation-document.ts';
import type { CommandIo } from '../command.ts';
import type { Input } from '../terminal/options.ts';
import type { AskedRequest } from './question.ts';
import { whoAsks } from './who-asks.ts';

export type FileExplanation =
  | { readonly kind: 'explained'; readonly document: ExplanationDocument }
  | { readonly kind: 'wrong'; readonly message: string };

/** Explains by a gateway.yaml; who asks may have to be looked up in its store. */
export async function explainFile(
  input: Input,
  config: GatewayConfig,
  { method, path, host, from }: AskedRequest,
  io: CommandIo,
): Promise<FileExplanation> {
  const asker = await whoAsks(input, config, io);
  if (asker.kind === 'wrong') return asker;
  const target = Buffer.from(path, 'utf8').toString('latin1');
  const question = { method, target, host, from, token: asker.token };
  const explanation = await explainRequest({ config, authenticate: asker.authenticate }, question);
  return { kind: 'explained', document: explanationDocument(explanation, config) };
}
