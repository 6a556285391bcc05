// The doors of the front, for the Worker and for the runner inside a Servers object.
import type { FrontEnv } from '../../ports/front-env.ts';
import { failingBlobs, failingHttp } from '../shared/failing-doors.ts';
import { durableActors } from './actors.ts';
import type { Bindings } from './bindings.ts';
import { blobsOf } from './blobs.ts';
import { FetchHttp } from './fetch-http.ts';
import { ScryptPasswords } from './scrypt-passwords.ts';
import { SocketListening } from './socket-bell.ts';
import { workersClock, workersLog, workersRandom } from './system.ts';
import type { WorkersSettings } from './variables.ts';

export function frontEnvOf(bindings: Bindings, settings: WorkersSettings, failpoint: (name: string) => void): FrontEnv {
  return {
    settings,
    clock: workersClock,
    random: workersRandom,
    log: workersLog(settings.logLevel),
    actors: durableActors(bindings, settings.serverName, { clock: workersClock, random: workersRandom }),
    listening: new SocketListening(bindings.USERS, settings.serverName),
    passwords: new ScryptPasswords(settings.passwordCost),
    http: failingHttp(new FetchHttp(), failpoint),
    blobs: failingBlobs(blobsOf(bindings, settings.serverName), failpoint),
  };
}
