import { useEffect, useRef } from 'preact/hooks';
import { usePage } from './context';
import { route } from './route/location';
import { Announcer } from './ui/Announcer';
import { Help } from './ui/Help';
import { onKeys } from './ui/keyboard';
import { focusFilter, moveRow } from './views/events/keyboard';
import { EventsScreen } from './views/events/EventsScreen';
import { Header } from './views/Header';
import { Overview } from './views/overview/Overview';
import { StaleBanner } from './views/StaleBanner';

/** The frame around every screen. */
export function App() {
  const { store } = usePage();
  const help = useRef<HTMLDialogElement>(null);
  const openHelp = (): void => help.current?.showModal();
  useEffect(() => onKeys({ '/': focusFilter, '?': openHelp, j: () => moveRow(1), k: () => moveRow(-1), Escape: leaveField }), []);

  return (
    <>
      <Header onHelp={openHelp} />
      <StaleBanner />
      <main class={store.isOld.value ? 'is-old' : ''} data-connection={store.connectionState.value}>
        {route.value.screen === 'events' ? <EventsScreen /> : <Overview />}
      </main>
      <Announcer />
      <Help dialog={help} />
    </>
  );
}

function leaveField(): void {
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
}
