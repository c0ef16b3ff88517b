import type { ComponentType } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { asked } from './api/access';
import { usePage } from './context';
import { route } from './route/location';
import type { Screen } from './route/route';
import { Announcer } from './ui/Announcer';
import { Help } from './ui/Help';
import { onKeys } from './ui/keyboard';
import { focusFilter, moveRow } from './views/events/keyboard';
import { EventsScreen } from './views/events/EventsScreen';
import { Header } from './views/Header';
import { later } from './views/Later';
import { Overview } from './views/overview/Overview';
import { StaleBanner } from './views/StaleBanner';

const views: Readonly<Record<Screen, ComponentType>> = {
  overview: Overview,
  events: EventsScreen,
  retries: later(() => import('./views/retries/RetriesScreen').then(({ RetriesScreen }) => RetriesScreen)),
  metrics: later(() => import('./views/metrics/MetricsScreen').then(({ MetricsScreen }) => MetricsScreen)),
  components: later(() => import('./views/parts/PartsScreen').then(({ PartsScreen }) => PartsScreen)),
  sessions: later(() => import('./views/sessions/SessionsScreen').then(({ SessionsScreen }) => SessionsScreen)),
  health: later(() => import('./views/health/HealthScreen').then(({ HealthScreen }) => HealthScreen)),
  console: later(() => import('./views/console/ConsoleScreen').then(({ ConsoleScreen }) => ConsoleScreen)),
  audit: later(() => import('./views/audit/AuditScreen').then(({ AuditScreen }) => AuditScreen)),
  flags: later(() => import('./views/flags/FlagsScreen').then(({ FlagsScreen }) => FlagsScreen)),
  'dead-letters': later(() => import('./views/letters/LettersScreen').then(({ LettersScreen }) => LettersScreen)),
};

const SavedViews = later(() => import('./views/kept/SavedViews').then(({ SavedViews: Views }) => Views), null);

const SignIn = later(() => import('./views/SignIn').then(({ SignIn: Screen }) => Screen));

/** The page, or the question for a key. */
export function App() {
  return asked.value === null ? <Frame /> : <SignIn />;
}

/** The frame around every screen. */
function Frame() {
  const { store } = usePage();
  const { screen } = route.value;
  const View = views[screen];
  const help = useRef<HTMLDialogElement>(null);
  const openHelp = (): void => help.current?.showModal();
  useEffect(() => onKeys({ '/': focusFilter, '?': openHelp, Escape: leaveField }, { j: () => moveRow(1), k: () => moveRow(-1) }), []);

  return (
    <>
      <Header onHelp={openHelp} />
      <StaleBanner />
      {screen === 'overview' ? null : <SavedViews />}
      <main class={store.isOld.value ? 'is-old' : ''} data-connection={store.connectionState.value}>
        <View />
      </main>
      <Announcer />
      <Help dialog={help} />
    </>
  );
}

function leaveField(): void {
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
}
