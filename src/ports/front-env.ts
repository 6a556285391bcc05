// What the front (router, endpoints, sync assembly) is given of the world. It owns no data and no SQL.
import type { Actors } from './actors.ts';
import type { Listening } from './bell.ts';
import type { Blobs } from './blobs.ts';
import type { Clock } from './clock.ts';
import type { HttpClient } from './http.ts';
import type { Log } from './log.ts';
import type { Passwords } from './passwords.ts';
import type { Random } from './random.ts';
import type { Settings } from './settings.ts';

export interface FrontEnv {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly random: Random;
  readonly actors: Actors;
  readonly listening: Listening;
  readonly passwords: Passwords;
  /** Calls to other servers. Objects have none: they hand out work, and the front does the network. */
  readonly http: HttpClient;
  readonly blobs: Blobs;
  readonly log: Log;
}
