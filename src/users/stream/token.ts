// The text of a sync token. Opaque to clients; to us: format, group, epoch, position, how far to-device messages were told (an
// answer holds a limited number), the ephemeral position of one boot, and the rooms in which somebody was said to be typing: after
// another boot nobody remembers, and those who were told would see them type for ever.
import { MatrixError } from '../../spec/errors.ts';

export interface StreamToken {
  readonly group: number;
  readonly epoch: number;
  readonly pos: number;
  readonly toDevice: number;
  readonly boot: number;
  readonly ephemeral: number;
  /** Numbers of rooms. */
  readonly typing: readonly number[];
}

/** As many as a token names. */
const TYPING_MAX = 20;

const FORM =
  /^s1_([1-9]\d{0,8})_([1-9]\d{0,8})_(\d{1,15})_(\d{1,15})_(\d{1,10})_(\d{1,15})(?:_t(\d{1,9}(?:\.\d{1,9}){0,19}))?$/;

export function tokenText({ group, epoch, pos, toDevice, boot, ephemeral, typing }: StreamToken): string {
  const named = typing.length === 0 ? '' : `_t${typing.slice(0, TYPING_MAX).join('.')}`;
  return `s1_${group}_${epoch}_${pos}_${toDevice}_${boot}_${ephemeral}${named}`;
}

/** Reads a token of this group and epoch that is not from the future; throws 400 M_UNKNOWN for anything else. */
export function readToken(text: string, group: number, epoch: number, newest: number): StreamToken {
  const parts = FORM.exec(text);
  const [of, at, pos, toDevice, boot, ephemeral] = parts?.slice(1, 7).map(Number) ?? [];
  const whole = pos !== undefined && toDevice !== undefined && boot !== undefined && ephemeral !== undefined;
  if (!whole || of !== group || at !== epoch || pos > newest || toDevice > newest) {
    throw new MatrixError(400, 'M_UNKNOWN', 'This is not a token of a /sync of yours.');
  }
  const typing = parts?.[7]?.split('.').map(Number) ?? [];
  return { group, epoch, pos, toDevice, boot, ephemeral, typing };
}
