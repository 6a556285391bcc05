// S5: a device that has followed the room knows it as its server does.
import type { Case } from './judge.ts';

export async function judgeReplicas({ world, roomId, complain }: Case): Promise<void> {
  for (const user of world.users) {
    const replica = user.replica.rooms.get(roomId);
    const state = await user.state(roomId);
    const isJoined = state?.get(`m.room.member\0${user.id}`)?.content['membership'] === 'join';
    if (isJoined !== (replica?.section === 'join')) {
      complain(
        `S5: ${user.id} ${isJoined ? 'is joined and' : 'is not joined and'} was told ${replica?.section ?? 'nothing'}`,
      );
      continue;
    }
    if (!isJoined || !replica || !state) continue;
    const places = new Set([...[...replica.state.keys()].map((key) => key.replace(' ', '\0')), ...state.keys()]);
    for (const place of places) {
      const told = replica.state.get(place.replace('\0', ' '))?.event_id;
      const holds = state.get(place)?.event_id;
      // That a place of the state is empty again no answer of /sync can say.
      if (told !== holds && holds !== undefined)
        complain(`S5: ${user.id} was told ${told} for ${place.replace('\0', ' ')}, and it is ${holds}`);
    }
    const first = replica.timeline[0]?.event_id;
    const page = (await user.page(roomId, 8)).map(({ event_id: id }) => id).toReversed();
    const from = page.indexOf(first ?? '');
    const shown = replica.timeline.map(({ event_id: id }) => id);
    if (from < 0 && shown.length > 0) {
      complain(`S5: ${user.id} was told ${first}, which is on no page`);
      continue;
    }
    const paged = page.slice(Math.max(from, 0));
    const differs = shown.findIndex((id, index) => paged[index] !== id);
    if (shown.length !== paged.length || differs >= 0)
      complain(
        `S5: ${user.id} was told ${shown.length} events and pages through ${paged.length}; the first that differs is ${differs}: ${shown[differs]} and ${paged[differs]}`,
      );
  }
}
