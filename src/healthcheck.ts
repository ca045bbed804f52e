/**
 * Asks a running gateway whether it is alive, for the HEALTHCHECK of the container image, which has no curl.
 * Takes the URL as its argument; exit code 0 when the answer is 200 within 3 seconds, else 1.
 */
const url = process.argv[2] ?? 'http://127.0.0.1:8081/healthz';

try {
  const response = await fetch(url, { signal: AbortSignal.timeout(3000) });
  process.exitCode = response.status === 200 ? 0 : 1;
} catch {
  process.exitCode = 1;
}
