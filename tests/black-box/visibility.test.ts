// The matrix of the history visibility on both runtimes. https://spec.matrix.org/v1.19/client-server-api/#room-history-visibility
import { after, before, describe, test } from 'node:test';
import { RUNTIMES, Server } from './server.ts';
import { LIFE, Matrix, SETTINGS } from './visibility-matrix.ts';

for (const runtime of RUNTIMES) {
  describe(`history visibility on ${runtime}`, () => {
    let server: Server;
    before(async () => {
      server = await Server.start(runtime);
    });
    after(() => server.stop());
    for (const setting of SETTINGS) {
      test(`${setting}: every surface shows what the specification's table says`, async () => {
        const matrix = await Matrix.begin(server, setting);
        for (const part of LIFE) {
          await matrix.enter(part);
          await matrix.check(part);
        }
      });
    }
  });
}
