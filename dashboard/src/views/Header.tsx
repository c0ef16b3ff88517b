import { identity, mayOperate, signOut } from '../api/access';
import { usePage } from '../context';
import { goTo, route } from '../route/location';
import { screens } from '../route/route';
import type { Screen } from '../route/route';
import { chooseTheme, theme, themes } from '../ui/theme';
import type { Theme } from '../ui/theme';
import { count, short } from '../format/numbers';
import { deadLettered } from '../state/waiting';
import { connectionWords, nextTry, sourceWords } from './connection';

export function Header({ onHelp }: { readonly onHelp: () => void }) {
  return (
    <header class="top">
      <h1>
        Holdfast <Node />
      </h1>
      <nav aria-label="Screens">
        {screens.filter(isOffered).map((screen) => (
          <ScreenLink key={screen} screen={screen} />
        ))}
      </nav>
      <Connection />
      <Identity />
      <ThemeChoice />
      <button type="button" class="quiet" aria-label="Help" title="Keys (?)" onClick={onHelp}>
        ?
      </button>
    </header>
  );
}

/** What a viewer's key may not see is not offered. */
const isOffered = (screen: Screen): boolean => screen !== 'audit' || mayOperate.value;

/** Whose key it is, and how to take it away from this page. */
function Identity() {
  const who = identity.value;
  return who === null ? null : (
    <button type="button" class="quiet identity" title={`${who.name}, ${who.role}: sign out`} onClick={signOut}>
      Sign out <span class="who">{who.name}</span>
    </button>
  );
}

function Node() {
  const node = usePage().store.status.value?.node ?? '';
  return node === '' ? null : <small title="node">{node}</small>;
}

const titles: Readonly<Record<Screen, string>> = { overview: 'Overview', events: 'Events', metrics: 'Metrics', retries: 'Retries', 'dead-letters': 'Dead letters', components: 'Components', sessions: 'Sessions', health: 'Health', flags: 'Flags', audit: 'Audit', console: 'Console' };

function ScreenLink({ screen }: { screen: Screen }) {
  const go = (event: Event): void => {
    event.preventDefault();
    goTo({ ...route.value, screen });
  };
  return (
    <a href={`#/${screen === 'overview' ? '' : screen}`} aria-current={route.value.screen === screen ? 'page' : undefined} onClick={go}>
      {titles[screen]}
      {screen === 'dead-letters' ? <Waiting /> : null}
    </a>
  );
}

/** Rows that wait for a replay or a person. */
function Waiting() {
  const waiting = deadLettered(usePage().store.ledger.value);
  return waiting === 0 ? null : (
    <span class="waiting">
      {count(waiting)}
      <span class="visually-hidden"> waiting</span>
    </span>
  );
}

/** Which source feeds the page, how it does, and how long a message takes. */
function Connection() {
  const { store } = usePage();
  const state = store.connectionState.value;
  return (
    <div class="connection" data-state={state}>
      <i class="dot" aria-hidden="true" />
      <b>{connectionWords(state)}</b>
      <span class="detail">
        <span class="source">{sourceWords(store.connection.value.source)}</span>
        <ConnectionDetail />
      </span>
    </div>
  );
}

function ConnectionDetail() {
  const { store } = usePage();
  const { state, retryAt } = store.connection.value;
  if (retryAt !== null) return <span>{nextTry(store.connection.value, store.now.value)}</span>;
  const roundTrip = store.you.value?.roundTripMs ?? null;
  return state === 'live' && roundTrip !== null ? (
    <span class="latency" title="Round trip between this page and the server, measured by the server">
      {roundTrip < 1 ? '< 1' : short(roundTrip)} ms
    </span>
  ) : null;
}

const themeTitles: Readonly<Record<Theme, string>> = { system: 'System', light: 'Light', dark: 'Dark' };

function ThemeChoice() {
  return (
    <select class="quiet theme" aria-label="Theme" value={theme.value} onChange={(event) => chooseTheme(event.currentTarget.value as Theme)}>
      {themes.map((name) => (
        <option key={name} value={name}>
          {themeTitles[name]}
        </option>
      ))}
    </select>
  );
}
