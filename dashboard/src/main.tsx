import { computed, effect } from '@preact/signals';
import { render } from 'preact';
import 'uplot/dist/uPlot.min.css';
import './style.css';
import { asked, checkAccess } from './api/access';
import { fetchEvents } from './api/events';
import { App } from './App';
import { PageProvider } from './context';
import { browserOptions } from './live/browser';
import { sourceNames } from './live/LiveSource';
import { reportDelays } from './live/report';
import { fetchPlan, lastPlan } from './live/plan';
import { SocketSource } from './live/SocketSource';
import { SourceSwitch } from './live/SourceSwitch';
import { route } from './route/location';
import { readInlined } from './state/inlined';
import { createStore } from './state/store';
import { afterPicture } from './ui/pictures';
import { EventLogModel } from './views/events/EventLogModel';

const inlined = readInlined(document);
const store = createStore(inlined, Date.now());
const topics = ['overview', 'events'];
const source = new SourceSwitch({
  sources: { websocket: new SocketSource(browserOptions('websocket', topics)), realtime: new SocketSource(browserOptions('realtime', topics)) },
  plan: lastPlan(),
  now: () => Date.now(),
});
const filters = computed(() => route.value.filters);
const log = new EventLogModel(store.events, filters, fetchEvents, document.baseURI);

source.onState((status) => {
  const isLost = status.state === 'offline' && store.connection.peek().state !== 'offline';
  store.connection.value = status;
  // A browser does not say why a socket was not let in: perhaps a key is needed by now.
  if (isLost) void checkAccess(document.baseURI);
});
source.onBatch((frames) => store.apply(frames, Date.now()));
// A flag was changed somewhere, or the page is new: perhaps another source is to be used. What cannot be asked stays as it is. A new page is
// drawn first, on the source that it used last.
const pictured = afterPicture();
effect(() => {
  if (store.flagsEtag.value !== '') void pictured.then(() => fetchPlan(document.baseURI)).then((plan) => source.follow(plan), () => undefined);
});
// Joined, so that a status that says the same again changes nothing.
const unhealthy = computed(() => (store.status.value?.unhealthyAdapters ?? []).join());
effect(() => source.avoid(new Set(sourceNames.filter((name) => unhealthy.value.split(',').includes(name)))));
reportDelays(store, (metrics) => source.report(metrics));
setInterval(() => store.tick(Date.now()), 500);

// Before the first rendering: the handshake and the drawing of the inlined figures go on side by side. Without inlined figures the server
// may ask for a key, and is asked about it first.
if (inlined.snapshot !== null) source.start(inlined.cursor);
else void checkAccess(document.baseURI).then(() => asked.peek() ?? source.start(null));

// While a key is asked for nothing is tried in vain; with one it goes on where it stopped.
let wasAsked = false;
effect(() => {
  const isAsked = asked.value !== null;
  if (isAsked && !wasAsked) source.stop();
  if (!isAsked && wasAsked) source.start(null);
  wasAsked = isAsked;
});
render(
  <PageProvider value={{ store, source, log }}>
    <App />
  </PageProvider>,
  document.getElementById('app')!,
);
