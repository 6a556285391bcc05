// The other server that checks of the HTTP door call: it answers as it is told by the path.
import type { HttpAnswer, HttpHandler } from '../../src/ports/http.ts';

const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(120);

/** Chunks of `size` bytes, so many; then it closes, breaks, or says nothing more. */
function dripping(size: number, chunks: number, end: 'close' | 'error' | 'silence'): ReadableStream<Uint8Array> {
  let left = chunks;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (left-- > 0) controller.enqueue(bytes(size));
        else if (end === 'close') controller.close();
        else if (end === 'error') controller.error(new Error('cut, as it was told'));
        else await new Promise(() => undefined);
      },
    },
    { highWaterMark: 0 },
  );
}

const plain = (status: number, body: HttpAnswer['body'], headers: HttpAnswer['headers'] = []): HttpAnswer => ({
  status,
  headers: [['Content-Type', 'text/plain'], ...headers],
  body,
});

export const site: HttpHandler = async (request) => {
  const [path = '', query = ''] = request.target.split('?');
  if (path === '/echo') {
    const sent = [...(await request.body(10_000))];
    const { method, target } = request;
    return plain(
      200,
      JSON.stringify({ method, target, host: request.header('host'), x: request.header('x-sent'), sent }),
    );
  }
  if (path === '/headers')
    return plain(200, 'headers', [
      ['X-Mixed-Case', 'one'],
      ['X-Twice', 'one'],
      ['X-Twice', 'two'],
    ]);
  if (path === '/redirect') return plain(302, 'elsewhere', [['Location', '/echo']]);
  if (path === '/status') return plain(Number(query), `status ${query}`);
  if (path === '/nothing') return { status: 204, headers: [], body: undefined };
  if (path === '/sized') return plain(200, bytes(Number(query)));
  if (path === '/streamed') return plain(200, dripping(100, Number(query) / 100, 'close'));
  if (path === '/endless') return plain(200, dripping(1000, Infinity, 'close'));
  if (path === '/cut') return plain(200, dripping(100, 3, 'error'), [['Content-Length', '1000']]);
  if (path === '/half') return plain(200, dripping(100, 3, 'silence'), [['Content-Length', '1000']]);
  if (path === '/hang') return new Promise(() => undefined);
  return plain(404, 'not found');
};
