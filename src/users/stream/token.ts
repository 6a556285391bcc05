// The text of a sync token. Opaque to clients; to us: format, group, epoch, position, how far to-device messages were told (an
// answer holds a limited number), and the ephemeral position of one boot.
import { MatrixError } from '../../spec/errors.ts';

export interface StreamToken {
  readonly group: number;
  readonly epoch: number;
  readonly pos: number;
  readonly toDevice: number;
  readonly boot: number;
  readonly ephemeral: number;
}

const FORM = /^s1_([1-9]\d{0,8})_([1-9]\d{0,8})_(\d{1,15})_(\d{1,15})_(\d{1,10})_(\d{1,15})$/;

export function tokenText({ group, epoch, pos, toDevice, boot, ephemeral }: StreamToken): string {
  return `s1_${group}_${epoch}_${pos}_${toDevice}_${boot}_${ephemeral}`;
}

/** Reads a token of this group and epoch that is not from the future; throws 400 M_UNKNOWN for anything else. */
export function readToken(text: string, group: number, epoch: number, newest: number): StreamToken {
  const parts = FORM.exec(text)?.slice(1).map(Number);
  const [of, at, pos, toDevice, boot, ephemeral] = parts ?? [];
  const whole = pos !== undefined && toDevice !== undefined && boot !== undefined && ephemeral !== undefined;
  if (!whole || of !== group || at !== epoch || pos > newest || toDevice > newest) {
    throw new MatrixError(400, 'M_UNKNOWN', 'This is not a token of a /sync of yours.');
  }
  return { group, epoch, pos, toDevice, boot, ephemeral };
}
