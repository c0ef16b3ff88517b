// The code of docs/reference/flags.md: node ask.mjs http://127.0.0.1:8080
// Prints the value that the application got.
import { EventSource } from 'eventsource';
import { OpenFeature } from '@openfeature/web-sdk';
import { OFREPWebProvider } from '@openfeature/ofrep-web-provider';

// What a browser has.
globalThis.EventSource = EventSource;
const server = new URL(process.argv[2]).origin;

await OpenFeature.setProviderAndWait(new OFREPWebProvider({ baseUrl: server }), { targetingKey: 'user-1', plan: 'pro' });
const isFast = OpenFeature.getClient().getBooleanValue('chart.fast', false);

console.log(isFast);
process.exit(0);
