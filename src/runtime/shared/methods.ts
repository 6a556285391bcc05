// Which names may be called on an object from outside. The compiler holds each list to its contract, so that a name is
// callable if and only if the contract has it.

/**
 * `again`: the call may be repeated when the object died while it was answering, because a second one finds the first
 * one's effect and leaves it at that, or has no lasting effect. `once`: it may have happened, so the caller is told of
 * the failure and decides.
 */
export type Repeating = 'again' | 'once';

/** A contract's methods, directly or by part. */
export type MethodsOf<Contract> = {
  readonly [Name in keyof Contract]: Contract[Name] extends (...args: never[]) => unknown
    ? Repeating
    : MethodsOf<Contract[Name]>;
};

/** Any contract's list. */
export interface Methods {
  readonly [name: string]: Repeating | { readonly [name: string]: Repeating };
}

/** How a method may be repeated; undefined if there is no such method to call. */
export function repeating(methods: Methods, part: string | undefined, method: string): Repeating | undefined {
  const found = part === undefined ? own(methods, method) : own(methods, part);
  if (part === undefined) return typeof found === 'string' ? found : undefined;
  return typeof found === 'object' ? own(found, method) : undefined;
}

/** Own members only: names come from outside, and `constructor` is no method of a contract. */
function own<T>(record: { readonly [name: string]: T }, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
