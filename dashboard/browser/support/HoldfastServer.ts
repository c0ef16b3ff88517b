import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const startPatienceMs = 60_000;
const stopPatienceMs = 20_000;
const keyPatienceMs = 20_000;

/** What is kept of what the server says, to be told if it does not start. */
const outputMax = 64_000;

/** The real server, as it is shipped, on a port and a data directory of its own. */
export class HoldfastServer {
  readonly #data = mkdtempSync(join(tmpdir(), 'holdfast-browser-'));
  #process: ChildProcess | null = null;
  #output = '';

  private constructor(
    private readonly port: number,
    private readonly settings: Readonly<Record<string, string>>,
  ) {}

  static async start(settings: Readonly<Record<string, string>> = {}): Promise<HoldfastServer> {
    const server = new HoldfastServer(Number(settings.PORT) || (await freePort()), settings);
    try {
      await server.start();
      return server;
    } catch (fault) {
      await server.dispose();
      throw fault;
    }
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}${this.settings.HOLDFAST_BASE_PATH ?? ''}/`;
  }

  /** Starts it on the same port and the same data. */
  async start(): Promise<void> {
    const environment = { ...process.env, ...this.settings, PORT: String(this.port), HOLDFAST_DATA: this.#data, DOTNET_gcServer: '0' };
    const child = spawn('dotnet', [serverDll()], { env: environment, cwd: this.#data, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (this.#output = (this.#output + text).slice(-outputMax)));
    this.#process = child;
    await this.#untilReady(child);
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (child === null || child.exitCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    const patience = setTimeout(() => child.kill('SIGKILL'), stopPatienceMs);
    await gone;
    clearTimeout(patience);
  }

  async dispose(): Promise<void> {
    await this.stop();
    rmSync(this.#data, { recursive: true, force: true });
  }

  /** Takes the embedded store away and puts in its place what cannot be opened. Returns how to undo it. */
  breakStore(): () => void {
    const files = ['', '-wal', '-shm'].map((ending) => join(this.#data, `holdfast.db${ending}`)).filter((path) => existsSync(path));
    const away = (path: string): string => join(this.#data, `away-${basename(path)}`);
    for (const path of files) renameSync(path, away(path));
    mkdirSync(join(this.#data, 'holdfast.db'));
    return () => {
      rmdirSync(join(this.#data, 'holdfast.db'));
      for (const path of files) renameSync(away(path), path);
    };
  }

  /** What flags.override.json says; it follows within a second. */
  override(flags: object): void {
    const path = join(this.#data, 'flags.override.json');
    writeFileSync(`${path}.new`, JSON.stringify(flags));
    renameSync(`${path}.new`, path);
  }

  /** A key, made beside the server as on its own machine; known to it when this returns. */
  async makeKey(name: string, role: string): Promise<string> {
    const environment = { ...process.env, ...this.settings, HOLDFAST_DATA: this.#data };
    const key = execFileSync('dotnet', [serverDll(), 'keys', 'create', '--name', name, '--role', role], { env: environment, cwd: this.#data, stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim();
    const giveUpAt = Date.now() + keyPatienceMs;
    for (let status = 0; status !== 200; ) {
      if (Date.now() > giveUpAt) throw new Error(`The server does not know the key in time: it answers ${status}.`);
      await new Promise((resolve) => setTimeout(resolve, 300)); // the server looks twice a second, and counts what is not good yet
      ({ status } = await fetch(new URL('api/access', this.url), { headers: { authorization: `Bearer ${key}` } }));
    }
    return key;
  }

  /** Records events; they are durable when this returns. */
  async post(...events: object[]): Promise<void> {
    const response = await fetch(new URL('api/events', this.url), { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(events) });
    const answer = (await response.json()) as { rejected?: unknown[] };
    if (response.status !== 202 || answer.rejected?.length !== 0) throw new Error(`The server answered ${response.status}: ${JSON.stringify(answer)}`);
  }

  async #untilReady(child: ChildProcess): Promise<void> {
    const giveUpAt = Date.now() + startPatienceMs;
    while (!(await this.#isReady())) {
      if (child.exitCode !== null) throw new Error(`The server ended with ${child.exitCode} instead of starting:\n${this.#output}`);
      if (Date.now() > giveUpAt) throw new Error(`The server is not ready in time:\n${this.#output}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async #isReady(): Promise<boolean> {
    return fetch(new URL('health/ready', this.url)).then(
      (response) => response.ok,
      () => false, // not listening yet
    );
  }
}

/** The newest build; the tests do not build. */
function serverDll(): string {
  const built = ['Release', 'Debug']
    .map((configuration) => fileURLToPath(new URL(`../../../src/Holdfast.Server/bin/${configuration}/net10.0/Holdfast.Server.dll`, import.meta.url)))
    .filter((path) => existsSync(path))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  if (built[0] === undefined) throw new Error('The server is not built: dotnet build src/Holdfast.Server');
  return built[0];
}

/**
 * A port below the range from which the system takes ports for outgoing connections: between stop and start on the same port nobody
 * is given it by chance.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    if (await canListen(port)) return port;
  }
}

function canListen(port: number): Promise<boolean> {
  const probe = createServer();
  return new Promise((resolve) => {
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
