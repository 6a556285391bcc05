// The site that checks of the HTTP door call, on a loopback port.
import { HttpServer } from '../../src/runtime/node/http-server.ts';
import { Shown } from '../../src/runtime/node/shown.ts';
import { makeLog } from '../../src/runtime/node/logger.ts';
import { site } from './site.ts';

export interface ServedSite {
  readonly url: string;
  /** Ends at once, whatever is still being answered. */
  readonly stop: () => Promise<void>;
}

export async function serveSite(): Promise<ServedSite> {
  const server = new HttpServer({
    handler: site,
    gate: { failures: 0, settledSince: async () => undefined },
    shown: new Shown(),
    held: () => undefined,
    log: makeLog('silent'),
    failpoint: () => undefined,
    trustedProxies: [],
  });
  const port = await server.listen('127.0.0.1', 0);
  return { url: `http://127.0.0.1:${port}`, stop: () => server.stop(0) };
}
