// `node bench/costs.ts`: what the operations of a small server cost on Durable Objects, in what the platform bills by: rows
// read, rows written (index entries too), calls to objects. Counted by the platform's own cursors in workerd, and so the same
// in every run but for who was awake; the first call of each kind is left out, because it makes tables.
import { Client, roomPath } from '../tests/black-box/client.ts';
import { Server } from '../tests/black-box/server.ts';

interface Costs {
  readonly rowsRead: number;
  readonly rowsWritten: number;
  readonly calls: number;
}

const TIMES = 10;

async function costsOf(server: Server): Promise<Costs> {
  return (await (await fetch(`${server.url}/_hearth/test/costs`)).json()) as Costs;
}

async function measure(server: Server, what: string, operation: (n: number) => Promise<unknown>): Promise<void> {
  await operation(0);
  // What an operation leaves to be done a moment later (receipts, the directory) belongs to it.
  await server.sleep(1500);
  await costsOf(server);
  for (let n = 1; n <= TIMES; n++) await operation(n);
  await server.sleep(1500);
  const { rowsRead, rowsWritten, calls } = await costsOf(server);
  const each = (count: number): string => (count / TIMES).toFixed(1);
  console.log(`| ${what} | ${each(rowsRead)} | ${each(rowsWritten)} | ${each(calls)} |`);
}

const server = await Server.start('workers');
try {
  const people: Client[] = [];
  for (let n = 0; n < 11; n++) people.push(await Client.register(server, `person${n}`));
  const [alice, bob, ...others] = people as [Client, Client, ...Client[]];
  const alone = await alice.createRoom();
  const roomId = await alice.createRoom({ preset: 'public_chat' });
  for (const client of [bob, ...others]) await client.join(roomId);
  const rooms: string[] = [];
  for (let n = 0; n < 50; n++) rooms.push(await bob.createRoom({ name: `room ${n}` }));
  let since = (await alice.sync()).next_batch;
  const syncs = async (): Promise<void> => {
    since = (await alice.sync({ since, timeout: '0' })).next_batch;
  };
  await syncs();

  console.log('| operation | rows read | rows written | calls |\n|---|---|---|---|');
  await measure(server, 'a message, alone in the room', (n) => alice.send(alone, `hello ${n}`));
  await measure(server, 'a message to eleven members', (n) => alice.send(roomId, `hello ${n}`));
  await measure(server, 'a message to eleven members, and one of them syncs', async (n) => {
    await bob.send(roomId, `hello ${n}`);
    await syncs();
  });
  await measure(server, 'a sync without news', syncs);
  await measure(server, 'an initial sync of 51 rooms', () => bob.sync());
  await measure(server, 'a page of /messages, 50 events', () =>
    alice.ok('GET', `${roomPath(roomId)}/messages?dir=b&limit=50`),
  );
  await measure(server, 'a state event', (n) =>
    alice.ok('PUT', `${roomPath(roomId)}/state/m.room.topic`, { topic: `topic ${n}` }),
  );
  await measure(server, 'a receipt', async (n) => {
    const eventId = await bob.send(roomId, `read me ${n}`);
    await alice.ok('POST', `${roomPath(roomId)}/receipt/m.read/${encodeURIComponent(eventId)}`, {});
  });
  await measure(server, 'a typing notice', (n) =>
    alice.ok('PUT', `${roomPath(roomId)}/typing/${alice.userId}`, { typing: n % 2 === 0, timeout: 30_000 }),
  );
  await measure(server, 'a new room', (n) => alice.createRoom({ name: `another ${n}` }));
  await measure(server, 'a leave and a join', async () => {
    await others[0]!.ok('POST', `${roomPath(roomId)}/leave`, {});
    await others[0]!.join(roomId);
  });
  await measure(server, 'a message to a device', (n) =>
    alice.ok('PUT', `/_matrix/client/v3/sendToDevice/m.test/t${n}`, {
      messages: { [bob.userId]: { [bob.deviceId]: { n } } },
    }),
  );
  await measure(server, 'a login', () => others[2]!.login('SAME'));
} finally {
  await server.stop();
}
