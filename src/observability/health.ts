/** Something that must be so for the gateway to serve. */
export interface ReadinessCheck {
  readonly name: string;
  /** Resolves to undefined when all is well, or to the reason why not. */
  run(): Promise<string | undefined>;
}

export interface CheckResult {
  readonly name: string;
  readonly ok: boolean;
  readonly detail?: string;
}

/** Something that `/readyz?verbose` tells besides; the gateway can serve either way. */
export interface StatusNote {
  readonly name: string;
  report(): { readonly ok: boolean; readonly detail: string };
}

export interface Readiness {
  /** Asks every check, each within its deadline; never rejects. */
  check(): Promise<{ readonly ready: boolean; readonly checks: readonly CheckResult[] }>;
  /** From now on the answer is no, so that load balancers look elsewhere while requests finish. */
  drain(): void;
}

const checkDeadlineMs = 1000;

/** Readiness by a list of checks, to which `draining` is added; `notes` are told and decide nothing. */
export function createReadiness(
  checks: readonly ReadinessCheck[],
  deadlineMs = checkDeadlineMs,
  notes: readonly StatusNote[] = [],
): Readiness {
  let draining = false;
  return {
    check: async () => {
      const results = await Promise.all(checks.map((check) => runCheck(check, deadlineMs)));
      const notDraining: CheckResult = {
        name: 'draining',
        ok: !draining,
        ...(draining && { detail: 'the gateway is shutting down' }),
      };
      const deciding = [...results, notDraining];
      const told = notes.map((note) => ({ name: note.name, ...note.report() }));
      return { ready: deciding.every(({ ok }) => ok), checks: [...deciding, ...told] };
    },
    drain: () => {
      draining = true;
    },
  };
}

async function runCheck(check: ReadinessCheck, deadlineMs: number): Promise<CheckResult> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, deadlineMs, `no answer within ${deadlineMs} ms`);
  });
  try {
    const detail = await Promise.race([check.run(), deadline]);
    return detail === undefined ? { name: check.name, ok: true } : { name: check.name, ok: false, detail };
  } catch (error) {
    return { name: check.name, ok: false, detail: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}
