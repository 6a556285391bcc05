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

/** Polls of one user that wait in one front; with one more the oldest is over. Nothing is lost: its client asks again. */
const POLLS_MAX = 500;

/** How the polls that wait can be ended, by user, oldest first. */
const waiting = new WeakMap<FrontEnv, Map<string, Set<() => void>>>();

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
  const waits = pollsOf(env, by.userId);
  waits.add(leave);
  if (waits.size > POLLS_MAX) endFirst(waits);
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
    waits.delete(leave);
    if (waits.size === 0) waiting.get(env)?.delete(by.userId);
    gone?.removeEventListener('abort', leave);
  }
}

function endFirst(polls: Set<() => void>): void {
  const [first] = polls;
  if (first === undefined) return;
  polls.delete(first);
  first();
}

function pollsOf(env: FrontEnv, userId: string): Set<() => void> {
  let users = waiting.get(env);
  if (!users) waiting.set(env, (users = new Map()));
  let polls = users.get(userId);
  if (!polls) users.set(userId, (polls = new Set()));
  return polls;
}
