// References to objects: every call is handed to one function, by names. Making one costs nothing, and it stays good when
// the object behind it is dropped from memory and made again.

/** Carries a call to a method of an object, or of one of its parts, and answers what it answers. */
export type Call = (part: string | undefined, method: string, args: readonly unknown[]) => Promise<unknown>;

/** A value that looks like the contract `C`: its methods, and the methods of its parts, one level deep. */
export function reference<C extends object>(call: Call): C {
  const members = new Map<string, unknown>();
  return new Proxy({} as C, {
    get(_target, name): unknown {
      // A reference may be awaited or printed; it is neither a promise nor does it hold anything.
      if (typeof name !== 'string' || name === 'then' || name === 'toJSON') return undefined;
      if (!members.has(name)) members.set(name, member(call, name));
      return members.get(name);
    },
  });
}

/** What is found under a name: called, it is a method; asked for a name, it is a part. */
function member(call: Call, name: string): unknown {
  const method = (...args: readonly unknown[]): Promise<unknown> => call(undefined, name, args);
  return new Proxy(method, {
    get(_target, inner): unknown {
      if (typeof inner !== 'string' || inner === 'then' || inner === 'toJSON') return undefined;
      return (...args: readonly unknown[]): Promise<unknown> => call(name, inner, args);
    },
  });
}
