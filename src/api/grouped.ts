// Splitting what is asked about several users by the groups that they live in.
import type { UserCall } from './endpoint.ts';

/** By group, in the order of first mention; users that there are not are left out. */
export async function groupedByHome<T extends { readonly userId: string }>(
  call: UserCall,
  items: readonly T[],
): Promise<readonly (readonly [group: number, items: readonly T[]])[]> {
  const home = call.env.actors.home();
  const groups = new Map<string, number | undefined>();
  await Promise.all(
    [...new Set(items.map((item) => item.userId))].map(async (userId) => {
      groups.set(userId, userId === call.by.userId ? call.by.group : await home.groupOf(userId));
    }),
  );
  const split = new Map<number, T[]>();
  for (const item of items) {
    const group = groups.get(item.userId);
    if (group === undefined) continue;
    const list = split.get(group) ?? [];
    list.push(item);
    split.set(group, list);
  }
  return [...split];
}
