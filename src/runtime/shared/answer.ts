// What crosses between objects: a value, or what was thrown. An exception that crosses by itself would lose its class and
// its members, so a MatrixError travels as plain values; of any other error only the fact is told, and the log has the rest.
import { type ErrorCode, MatrixError } from '../../spec/errors.ts';
import type { Json } from '../../spec/json.ts';

export type Answer =
  | { readonly kind: 'value'; readonly value: unknown }
  | {
      readonly kind: 'refused';
      readonly status: number;
      readonly errcode: ErrorCode;
      readonly message: string;
      readonly extra: Readonly<Record<string, Json>>;
    }
  | { readonly kind: 'failed' };

/** An object failed in a way that is nobody's business but the log's. */
export class ObjectFailed extends Error {}

/** What `operation` answers or throws, as an answer; `report` is given each error that is no refusal. */
export async function answerOf(operation: () => Promise<unknown>, report: (error: unknown) => void): Promise<Answer> {
  try {
    return { kind: 'value', value: await operation() };
  } catch (error) {
    if (error instanceof MatrixError) {
      return {
        kind: 'refused',
        status: error.status,
        errcode: error.errcode,
        message: error.message,
        extra: error.extra,
      };
    }
    report(error);
    return { kind: 'failed' };
  }
}

/** The value of an answer. Throws the MatrixError that it carries, or ObjectFailed. */
export function valueOf(answer: Answer): unknown {
  if (answer.kind === 'value') return answer.value;
  if (answer.kind === 'refused') throw new MatrixError(answer.status, answer.errcode, answer.message, answer.extra);
  throw new ObjectFailed('the object failed');
}
