import { expect, it } from 'vitest';
import type { AuditLog } from '../../src/admin-api/ports/audit.ts';
import { expectProblem } from '../admin-api/support/client.ts';
import { openWorld } from '../admin-api/support/world.ts';

const path = '/api/v1/audit/verify';

it('checks of the audit log are made one at a time for an organisation, and hold up no other one', async () => {
  const nothing = { chains: [], faults: [], faultCount: 0, headsCompared: 0 };
  const begun: (() => void)[] = [];
  const world = await openWorld({
    stores: (stores) => ({
      ...stores,
      as: (author) => {
        const own = stores.as(author);
        const audit: AuditLog = {
          list: (filter, page) => own.audit.list(filter, page),
          batches: (filter) => own.audit.batches(filter),
          verify: () => new Promise((resolve) => begun.push(() => resolve(nothing))),
          sealExport: (rows, sha256) => own.audit.sealExport(rows, sha256),
          isExportSeal: (seal, rows, sha256) => own.audit.isExportSeal(seal, rows, sha256),
        };
        return { ...own, audit };
      },
    }),
  });
  const [one, other] = [
    await world.people.holder('acme', ['wayleave/auditor'], ['wayleave:audit:read']),
    await world.people.holder('globex', ['wayleave/auditor'], ['wayleave:audit:read']),
  ];
  const first = world.client(one.secret).post(path, {});
  await expect.poll(() => begun.length).toBe(1);
  expectProblem(await world.client(one.secret).post(path, {}), 429, 'rate_limited');
  const elsewhere = world.client(other.secret).post(path, {});
  await expect.poll(() => begun.length).toBe(2);
  for (const end of begun.splice(0)) end();
  expect([(await first).status, (await elsewhere).status]).toEqual([200, 200]);
  const again = world.client(one.secret).post(path, {});
  await expect.poll(() => begun.length).toBe(1);
  for (const end of begun.splice(0)) end();
  expect((await again).status).toBe(200);
});
