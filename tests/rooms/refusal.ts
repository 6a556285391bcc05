// How a refusal is recognised in tests.
import { MatrixError } from '../../src/spec/errors.ts';

export const refusal =
  (status: number, errcode: string) =>
  (error: unknown): boolean =>
    error instanceof MatrixError && error.status === status && error.errcode === errcode;
