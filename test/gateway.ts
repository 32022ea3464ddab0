import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Test } from 'tap';

/** Answers a request by itself and returns true, or leaves it to the server behind. */
export type Answering = (request: IncomingMessage, response: ServerResponse) => boolean;

/** Starts an HTTP server that answers as `answer` says, or as that of `behind`; ends with the test. Returns its URL. */
export async function gatewayFor(t: Test, behind: string | undefined, answer: Answering): Promise<string> {
  const server = createServer((incoming, outgoing) => {
    if (answer(incoming, outgoing)) return;
    if (behind === undefined) {
      outgoing.writeHead(404).end();
      return;
    }
    const { method, headers, url = '/' } = incoming;
    const forwarded = request(new URL(url, behind), { method, headers }, (answered) => {
      outgoing.writeHead(answered.statusCode ?? 502, answered.headers);
      answered.pipe(outgoing);
    });
    forwarded.on('error', () => outgoing.destroy());
    incoming.pipe(forwarded);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Answers with `status` and `body`, an object as JSON. */
export function reply(response: ServerResponse, status: number, body: string | object): true {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json' }).end(text);
  return true;
}

/** Whether it asks for the OpenAPI document, of `schema` or of any. */
export function isForDocument({ url, method, headers }: IncomingMessage, schema?: string): boolean {
  return method === 'GET' && url === '/' && (schema === undefined || headers['accept-profile'] === schema);
}
