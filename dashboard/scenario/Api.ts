/** The public HTTP API of a server, for what drives it from outside. */
export class Api {
  constructor(private readonly base: string) {}

  post(path: string, body: unknown): Promise<unknown> {
    return this.send('POST', path, body);
  }

  get(path: string): Promise<unknown> {
    return this.send('GET', path);
  }

  /** What it answers, or an exception with what it says is wrong. */
  async send(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<unknown> {
    const json = body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const response = await fetch(new URL(path, this.base), { method, ...json });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? null : JSON.parse(text);
  }
}
