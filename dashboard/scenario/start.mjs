// What `./run --demo` calls. Vite reads the TypeScript: Node 20 does not.
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => stop.abort());

const { module } = await runnerImport(fileURLToPath(new URL('./demo.ts', import.meta.url)), { configFile: false, logLevel: 'error' });
await module.demo(stop.signal);
