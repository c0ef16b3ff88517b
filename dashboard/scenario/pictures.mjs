// `npm run pictures`: takes the pictures of the README anew. Vite reads the TypeScript: Node 20 does not.
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const { module } = await runnerImport(fileURLToPath(new URL('./pictures.ts', import.meta.url)), { configFile: false, logLevel: 'error' });
await module.pictures(fileURLToPath(new URL('../../docs/images', import.meta.url)));
