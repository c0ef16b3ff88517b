import { computed } from '@preact/signals';
import { render } from 'preact';
import 'uplot/dist/uPlot.min.css';
import './style.css';
import { fetchEvents } from './api/events';
import { App } from './App';
import { PageProvider } from './context';
import { browserOptions } from './live/browser';
import { reportDelays } from './live/report';
import { WsSource } from './live/WsSource';
import { route } from './route/location';
import { readInlined } from './state/inlined';
import { createStore } from './state/store';
import { EventLogModel } from './views/events/EventLogModel';

const inlined = readInlined(document);
const store = createStore(inlined, Date.now());
const source = new WsSource(browserOptions(['overview', 'events']));
const filters = computed(() => route.value.filters);
const log = new EventLogModel(store.events, filters, fetchEvents, document.baseURI);

source.onState((status) => (store.connection.value = status));
source.onBatch((frames) => store.apply(frames, Date.now()));
reportDelays(store, (metrics) => source.report(metrics));
setInterval(() => store.tick(Date.now()), 500);

// Before the first rendering: the handshake and the drawing of the inlined figures go on side by side.
source.start(inlined.cursor);
render(
  <PageProvider value={{ store, source, log }}>
    <App />
  </PageProvider>,
  document.getElementById('app')!,
);
