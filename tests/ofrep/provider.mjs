// Evaluates flags of a real server with the official provider: node provider.mjs <address of the server> <values|flips|unconcerned> [count]
// Prints what the application saw, one JSON object, for the test to judge.
import { OFREPWebProvider } from '@openfeature/ofrep-web-provider';
import { OpenFeature, ProviderEvents } from '@openfeature/web-sdk';
import { EventSource } from 'eventsource';

// What a browser has. Nothing of the provider is replaced.
globalThis.EventSource = EventSource;

const [address, what, count] = process.argv.slice(2);
const baseUrl = new URL(address).origin;
const statuses = [];
const provider = new OFREPWebProvider({
  baseUrl,
  cacheMode: 'disabled',
  fetchImplementation: async (...request) => {
    const answer = await fetch(...request);
    statuses.push(answer.status);
    return answer;
  },
});

const errors = [];
let changes = 0;
OpenFeature.addHandler(ProviderEvents.Error, (event) => errors.push(event?.message ?? 'error'));
OpenFeature.addHandler(ProviderEvents.ConfigurationChanged, () => changes++);
await OpenFeature.setProviderAndWait(provider, { targetingKey: 'ada', plan: 'free' });
const client = OpenFeature.getClient();

async function put(name, body) {
  const answer = await fetch(`${baseUrl}/api/flags/${name}`, { method: 'PUT', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
}

// Polls what the application would read; the test's own patience ends it.
async function until(holds) {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
}

const scenes = {
  async values() {
    return {
      bool: client.getBooleanDetails('types.bool', false),
      string: client.getStringDetails('types.string', ''),
      int: client.getNumberDetails('types.int', 0),
      float: client.getNumberDetails('types.float', 0),
      json: client.getObjectDetails('types.json', {}),
      split: client.getStringDetails('types.split', ''),
      missing: client.getStringDetails('types.missing', 'fallback'),
    };
  },

  async flips() {
    const latencies = [];
    for (let i = 0; i < Number(count); i++) {
      const wanted = i % 2 === 0;
      const began = performance.now();
      await put('flip', { value: wanted });
      await until(() => client.getBooleanValue('flip', !wanted) === wanted);
      latencies.push(performance.now() - began);
    }
    latencies.sort((a, b) => a - b);
    const percentile = (share) => Math.round(latencies[Math.ceil(latencies.length * share) - 1]);
    return { flips: Number(count), seen: latencies.length, p50_ms: percentile(0.5), p99_ms: percentile(0.99), errors };
  },

  async unconcerned() {
    // The event with which each stream begins is answered first.
    await until(() => statuses.length === 2);
    await put('plan', { rule: { type: 'bool', targeting: [{ if: { '==': [{ var: 'plan' }, 'pro'] }, split: [{ variant: 'on', percent: 50 }] }] } });
    await until(() => statuses.length === 3);
    return { statuses, changes };
  },
};

console.log(JSON.stringify(await scenes[what]()));
await OpenFeature.close();
process.exit(0);
