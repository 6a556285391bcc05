// How a /sync waits: it begins to listen, looks once more whether there is news, and only then sleeps, so that no ring is missed.
import type { Requester } from '../ports/contracts/requester.ts';
import type { SyncPresence } from '../ports/contracts/users-presence.ts';
import type { FrontEnv } from '../ports/front-env.ts';

export interface Wait {
  readonly timeoutMs: number;
  readonly gone: AbortSignal | undefined;
  /** What the /sync says when it begins. */
  readonly presence: SyncPresence | undefined;
}

/** Resolves when there is news after `since`, or the time is over, or the client has gone. */
export async function waitForNews(
  env: FrontEnv,
  by: Requester,
  since: string,
  { timeoutMs, gone, presence }: Wait,
): Promise<void> {
  const { stream } = env.actors.users(by.group);
  if (await stream.hasNews(by, since, presence)) return;
  const later = presence && { ...presence, set: undefined };
  const over = Promise.withResolvers<'over'>();
  const timer = env.clock.timer(timeoutMs, () => {
    over.resolve('over');
  });
  const leave = (): void => {
    over.resolve('over');
  };
  gone?.addEventListener('abort', leave);
  try {
    for (;;) {
      if (gone?.aborted) return;
      const listener = await env.listening.listen(by.group, by.userId);
      try {
        if (await stream.hasNews(by, since, later)) return;
        if ((await Promise.race([listener.rung, over.promise])) === 'over') return;
      } finally {
        listener.close();
      }
      // Most rings are for news: then there is no need to listen again.
      if (await stream.hasNews(by, since, later)) return;
    }
  } finally {
    timer.cancel();
    gone?.removeEventListener('abort', leave);
  }
}
