// What everything that deals with other servers shares: our key, the keys of others, and the client. One for each front.
import type { FrontEnv } from '../ports/front-env.ts';
import { FederationClient } from './client.ts';
import { EventFinder } from './event-finding.ts';
import { Hearing } from './hearing.ts';
import { KeyRing } from './keys.ts';
import { LongAnswers } from './long-answers.ts';
import { OwnKey } from './own-key.ts';

export interface Federation {
  readonly env: FrontEnv;
  readonly ownKey: OwnKey;
  readonly keyRing: KeyRing;
  readonly client: FederationClient;
  readonly events: EventFinder;
  readonly hearing: Hearing;
  readonly longAnswers: LongAnswers;
}

export function makeFederation(env: FrontEnv): Federation {
  const ownKey = new OwnKey(env);
  const client = new FederationClient(env, ownKey);
  const events = new EventFinder(env);
  const hearing = new Hearing(env);
  return { env, ownKey, keyRing: new KeyRing(env), client, events, hearing, longAnswers: new LongAnswers() };
}
