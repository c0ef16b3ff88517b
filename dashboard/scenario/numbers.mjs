// `npm run numbers`: what the page costs, measured in Chromium. Vite reads the TypeScript: Node 20 does not.
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const { module } = await runnerImport(fileURLToPath(new URL('./numbers.ts', import.meta.url)), { configFile: false, logLevel: 'error' });
await module.numbers(Number(process.argv[2] ?? 120));
