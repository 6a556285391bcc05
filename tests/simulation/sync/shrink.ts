// Cuts a list of operations that fails down to one of which nothing can be left out (delta debugging).

/** `fails` is asked at most `tries` times. Answers a list that fails, in the order that it had. */
export async function shrink<T>(
  operations: readonly T[],
  fails: (operations: readonly T[]) => Promise<boolean>,
  tries: number,
): Promise<readonly T[]> {
  let list = operations;
  let left = tries;
  for (let size = Math.ceil(list.length / 2); size >= 1 && left > 0;) {
    let cut = false;
    for (let from = 0; from < list.length && left > 0;) {
      const without = [...list.slice(0, from), ...list.slice(from + size)];
      left--;
      if (await fails(without)) {
        list = without;
        cut = true;
      } else from += size;
    }
    if (size > 1) size = Math.ceil(size / 2);
    else if (!cut) return list;
  }
  return list;
}
