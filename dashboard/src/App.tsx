import type { ComponentType } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
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
  'dead-letters': later(() => import('./views/letters/LettersScreen').then(({ LettersScreen }) => LettersScreen)),
};

/** The frame around every screen. */
export function App() {
  const { store } = usePage();
  const View = views[route.value.screen];
  const help = useRef<HTMLDialogElement>(null);
  const openHelp = (): void => help.current?.showModal();
  useEffect(() => onKeys({ '/': focusFilter, '?': openHelp, j: () => moveRow(1), k: () => moveRow(-1), Escape: leaveField }), []);

  return (
    <>
      <Header onHelp={openHelp} />
      <StaleBanner />
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
