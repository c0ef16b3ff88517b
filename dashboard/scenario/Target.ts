import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The service that failed operations go to: it can be down, and there is work that it never takes. */
export class Target {
  /** Answers 503 to everything. */
  isDown = false;
  /** Takes what it otherwise refuses. */
  isMended = false;
  taken = 0;

  private constructor(private readonly server: Server) {}

  static async start(): Promise<Target> {
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (part) => (body += part));
      request.on('end', () => {
        const fault = target.#faultIn(request.url ?? '', body);
        if (fault === null) target.taken++;
        response.writeHead(fault?.[0] ?? 200).end(fault?.[1] ?? '');
      });
    });
    const target = new Target(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return target;
  }

  address(path: string): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}${path}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  #faultIn(path: string, body: string): readonly [number, string] | null {
    if (this.isDown) return [503, 'maintenance'];
    if (this.isMended) return null;
    if (body.includes('"amount":-')) return [500, 'the amount is negative'];
    return path.startsWith('/customers') ? [422, 'no such customer'] : null;
  }
}
