import { callAndShow, refused, type Action } from './action.ts';
import { readKeptHeads, type KeptHeads } from './audit-heads.ts';
import { verificationShape, type VerificationAnswer } from './shapes.ts';

export const verifyAudit: Action = {
  verb: 'verify',
  summary: 'Check the audit log for rows that were altered, removed, put in or cut off; exit 1 when it is not whole',
  options: {
    org: { value: 'ORG', help: 'Only the log of an organisation, by slug or id' },
    against: { value: 'FILE', help: "An earlier export, or the gateway's log with its audit heads" },
  },
  examples: [
    'wayleave audit verify',
    'wayleave audit verify --against audit.jsonl',
    'wayleave audit verify --against /var/log/wayleave.log --json',
  ],
  run: async ({ input, client }) => {
    const { org: organization, against } = input.values;
    const kept = against === undefined ? noHeads : await readKeptHeads(against);
    if (kept.kind === 'wrong') return refused(kept.message);
    const { heads, signed } = kept;
    const body = { organization, heads: heads.slice(0, headsMax), export: signed };
    const outcome = await callAndShow(
      client,
      { method: 'POST', path: ['audit', 'verify'], body },
      verificationShape,
      (found) => ({
        text: reportText(found),
        notes: notesOf(found, kept, against),
      }),
    );
    if (outcome.kind === 'failed') return outcome;
    const { fault_count: faults } = verificationShape.parse(outcome.body);
    return { ...outcome, isNegative: faults > 0 };
  },
};

/** As many as the admin API takes. */
const headsMax = 5000;
const noHeads: KeptHeads = { kind: 'heads', heads: [], signed: undefined };

function reportText({ ok, faults, fault_count: count, organizations }: VerificationAnswer): string {
  if (ok) {
    const rows = organizations.reduce((sum, organization) => sum + organization.rows, 0);
    return `whole: ${rows} rows of ${organizations.length} ${organizations.length === 1 ? 'organisation' : 'organisations'}\n`;
  }
  const lines = faults.map(({ organization_id: id, kind, detail }) => `${id || 'FILE'}  ${kind}  ${detail}`);
  const more = count > faults.length ? [`and ${count - faults.length} more`] : [];
  return `${[...lines, ...more].join('\n')}\n`;
}

function notesOf(found: VerificationAnswer, kept: KeptHeads, against: string | undefined): readonly string[] {
  if (against === undefined || kept.kind === 'wrong') {
    return ['a tail that was cut off with its head shows only --against an export or the log of the gateway'];
  }
  const given = kept.heads.length;
  const notes = [`compared with ${found.heads_compared} of ${given} heads in ${against}`];
  return given > headsMax
    ? [...notes, `only the first ${headsMax} were sent; verify an organisation at a time`]
    : notes;
}
