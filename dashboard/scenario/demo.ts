import { Scenario } from './Scenario';

const beatMs = 500;

/** So many beats, and everything has gone wrong once; then it begins again. */
const roundBeats = 480;

/** Runs until it is told to stop: an ordinary day, and each four minutes everything that can go wrong. */
export async function demo(stopped: AbortSignal): Promise<void> {
  const scenario = await Scenario.start({ PORT: process.env.PORT || '8080' });
  try {
    await scenario.prepare();
    console.log(`The demonstration runs at ${scenario.server.url}, on a data directory of its own that goes when it ends (Ctrl+C).`);
    for (let beat = 0; !stopped.aborted; beat++) {
      await once(scenario, beat);
      await rest(stopped);
    }
  } catch (fault) {
    // Ctrl+C reaches the server too, and what was being asked of it is not answered any more.
    if (!stopped.aborted) throw fault;
  } finally {
    await scenario.dispose();
  }
}

async function once(scenario: Scenario, beat: number): Promise<void> {
  const { shop } = scenario;
  await shop.trade(3);
  if (beat % 4 === 0) await shop.measure(Date.now());
  if (beat % 10 === 0) await shop.talk();
  // What is measured of flags stands in the store.
  if (beat % 20 === 0 && bringBack === null) await scenario.sampleRollout();
  await incident(scenario, beat % roundBeats);
}

/** How to end what is going wrong. */
let bringBack: (() => void) | null = null;

async function incident(scenario: Scenario, beat: number): Promise<void> {
  const { target, shop } = scenario;
  switch (beat) {
    case 60:
      say('The service that takes shipments is down: what goes there waits and is tried again.');
      target.isDown = true;
      await scenario.shipments(15);
      break;
    case 90:
      say('It is back: shipments that had attempts left are executed, the others are dead letters to replay.');
      target.isDown = false;
      await scenario.shipments(10);
      break;
    case 180:
      say('The store is away: what is recorded waits in the spool, and the health screen says why.');
      bringBack = scenario.storeOutage();
      break;
    case 220:
      say('The store is back: the spool empties, and the ledger balances.');
      bringBack?.();
      bringBack = null;
      break;
    case 300:
      say('A till sends what no store can keep: its rows become dead letters, their neighbours are stored.');
      await shop.poison(5);
      break;
    case 360:
      say('Refunds with a wrong sign: one cause, many failures.');
      await scenario.refunds(8);
      break;
  }
}

const say = (words: string): void => console.log(`${new Date().toLocaleTimeString()}  ${words}`);

function rest(stopped: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      stopped.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, beatMs);
    stopped.addEventListener('abort', done);
  });
}
