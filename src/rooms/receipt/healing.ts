// Keeps the forward extremities few: where nobody of ours speaks, an event of ours that nobody sees joins the branches.
// https://spec.matrix.org/v1.19/server-server-api/#pdus
import { PowerLevels } from '../../authorization/power-levels.ts';
import { DUMMY_EVENT } from '../../events/dummy-event.ts';
import type { Signer } from '../../events/signing-key.ts';
import { MatrixError } from '../../spec/errors.ts';
import { Change } from '../change.ts';
import { draft } from '../drafting/draft.ts';
import type { RoomData } from '../room-data.ts';
import { stateIn } from './authorization.ts';
import { checkOwn, take } from './receipt.ts';

/** More branches than this are joined; an event can name twenty. */
const EXTREMITIES_MAX = 10;
/** Events made at once; what is left then is joined next time. */
const EVENTS_MAX = 5;
const MEMBERS_LOOKED_AT = 1000;

/** The commit that joined branches, if there were too many. */
export function heal(data: RoomData, key: Signer): Change | undefined {
  let healed: Change | undefined;
  for (let made = 0; made < EVENTS_MAX && data.head.extremities.length > EXTREMITIES_MAX; made++) {
    const sender = someoneOfOurs(data);
    if (sender === undefined) return healed;
    try {
      healed = Change.commit(data, (change) => {
        const wish = { type: DUMMY_EVENT, stateKey: undefined, sender, content: {} };
        return take(
          change,
          checkOwn(change, draft(change, wish, key, undefined), () => undefined),
        );
      }).change;
    } catch (error) {
      // Nobody of ours may speak there now: the branches stay until somebody does.
      if (error instanceof MatrixError) return healed;
      throw error;
    }
  }
  return healed;
}

function someoneOfOurs(data: RoomData): string | undefined {
  const levels = PowerLevels.of(stateIn(data, data.head.root), data.version);
  const needed = levels.levelFor(DUMMY_EVENT, false);
  return data.members
    .first('join', MEMBERS_LOOKED_AT)
    .find(({ userId }) => data.groups.isLocal(userId) && levels.levelOf(userId) >= needed)?.userId;
}
