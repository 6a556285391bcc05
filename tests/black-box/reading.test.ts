// Attacks on what rooms answer, on both runtimes: by strangers, after leaving, and against what was redacted.
import { after, before, describe, test } from 'node:test';
import * as checks from './reading-checks.ts';
import { RUNTIMES, Server } from './server.ts';

for (const runtime of RUNTIMES) {
  describe(`reading on ${runtime}`, () => {
    let server: Server;
    before(async () => {
      server = await Server.start(runtime);
    });
    after(() => server.stop());
    for (const [name, check] of Object.entries(checks)) {
      test(
        name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`),
        async () => {
          await check(server);
        },
      );
    }
  });
}
