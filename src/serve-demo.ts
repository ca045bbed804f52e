import { issuerOf } from './core/assertion.ts';
import { demoRefusal, demoUpstreamAddress, originOf } from './demo/addresses.ts';
import { checkAssertions, type AssertionTrust } from './demo/assertion-check.ts';
import { demoBanner } from './demo/banner.ts';
import { seedDemo } from './demo/seed.ts';
import { startDemoUpstream } from './demo/upstream.ts';
import { startGateway, type Gateway, type GatewayOptions } from './serve.ts';

/** A gateway with an upstream, a user and a token to try it with; or why the configuration is not for that. */
export type DemoOutcome =
  | {
      readonly kind: 'running';
      /** What to print: addresses, the token, lines to paste. */
      readonly banner: string;
      readonly reload: Gateway['reload'];
      readonly stop: () => Promise<void>;
    }
  | { readonly kind: 'refused'; readonly message: string };

/** Starts the demo upstream, the gateway before it, and makes the demo token of this start. Throws as `startGateway`. */
export async function startDemo(options: GatewayOptions): Promise<DemoOutcome> {
  const { config, version, clock } = options;
  const message = demoRefusal(config);
  if (message !== undefined) return { kind: 'refused', message };
  const address = demoUpstreamAddress(config);
  const upstream = address && (await startDemoUpstream(address));
  let gateway: Gateway | undefined;
  const stop = async (): Promise<void> => {
    await gateway?.stop();
    await upstream?.close();
  };
  try {
    gateway = await startGateway(options);
    upstream?.trust(checkAssertions(trustOf(config, gateway.ports.proxy)));
    const token = await seedDemo(gateway.stores, config, clock.now());
    return {
      kind: 'running',
      banner: demoBanner({ config, token, version, ports: gateway.ports }),
      reload: gateway.reload,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The demo upstream stands in for all of them, so it takes what is meant for any. */
function trustOf({ listen, publicUrl, routes }: GatewayOptions['config'], proxyPort: number): AssertionTrust {
  return {
    keySet: new URL('/.wayleave/jwks.json', originOf({ ...listen.proxy, port: proxyPort })),
    issuer: issuerOf(publicUrl),
    audiences: [...new Set(routes.map(({ audience }) => audience))],
  };
}
