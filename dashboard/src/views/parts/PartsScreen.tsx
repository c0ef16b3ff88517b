import { useSignal } from '@preact/signals';
import type { Signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import { mayOperate } from '../../api/access';
import { PartsApi } from '../../api/parts';
import type { CircuitAction, Parts } from '../../api/parts';
import { ApiFault } from '../../api/request';
import { usePage } from '../../context';
import { visible } from '../../format/json';
import { count, counted } from '../../format/numbers';
import { duration, relative } from '../../format/time';
import { describeBreaker } from '../../health/breaker';
import type { Circuit, Component, Room } from '../../wire/parts';
import { Confirm } from '../../work/Confirm';
import { Failed } from '../../work/Failed';
import { Polled } from '../../work/Polled';
import { question } from '../../work/question';
import { faultWords } from '../../work/said';
import type { Said } from '../../work/said';
import { levelOfComponent, levelOfRoom } from './levels';
import '../../work/work.css';
import './parts.css';

const lookEveryMs = 2000;

/** The parts of the server: which of them serve, which do not and why, and what is asked of the database. */
export function PartsScreen() {
  const api = useMemo(() => new PartsApi(document.baseURI), []);
  const parts = useMemo(() => new Polled<Parts>((aborted) => api.read(aborted), lookEveryMs), [api]);
  const said = useSignal<Said | null>(null);
  useEffect(() => parts.start(), [parts]);
  const move = (name: string, action: CircuitAction, reason: string): void => void moveCircuit(api, said, name, action, reason).then(() => parts.look());
  const [now, fault] = [parts.value.value, parts.fault.value];
  return (
    <section class="panel log parts" aria-labelledby="parts-title">
      <div class="log-head">
        <h2 id="parts-title">Components</h2>
        {now === null ? null : <span class="muted">{summary(now)}</span>}
      </div>
      <p class="outcome" role="status" data-level={said.value?.level}>
        {said.value?.text}
      </p>
      {fault === null ? null : <Failed fault={fault} stale={now !== null} again={() => void parts.look()} />}
      {now === null ? null : (
        <>
          <ul class="part-list">
            {now.components.map((component) => (
              <ComponentItem key={component.name} component={component} />
            ))}
          </ul>
          <Group title="Circuit breakers">
            {now.circuits.map((circuit) => (
              <CircuitItem key={circuit.name} circuit={circuit} move={move} />
            ))}
          </Group>
          <Group title="Rooms">{now.rooms.length === 0 ? <NoRooms /> : now.rooms.map((room) => <RoomItem key={room.name} room={room} />)}</Group>
        </>
      )}
      <Confirm />
    </section>
  );
}

function summary({ components }: Parts): string {
  const unwell = components.filter(({ status }) => status !== 'ready').length;
  return unwell === 0 ? `All ${count(components.length)} serve.` : `${count(unwell)} of ${count(components.length)} ${unwell === 1 ? 'does' : 'do'} not serve fully.`;
}

function Group({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <>
      <h3 class="part-title">{title}</h3>
      <ul class="part-list">{children}</ul>
    </>
  );
}

const NoRooms = () => (
  <li class="muted">
    <p>
      The server connects to no event source. <code>HOLDFAST_ROOMS</code> names them.
    </p>
  </li>
);

function ComponentItem({ component }: { component: Component }) {
  const { store } = usePage();
  const { name, status, reasons, lastError, lastErrorAt, retries, eventsHandled, uptimeSeconds, needs, wants } = component;
  return (
    <li data-component={name} data-level={levelOfComponent(status)}>
      <Head name={name} state={status} more={status === 'ready' || status === 'degraded' ? `for ${duration(uptimeSeconds * 1000)}` : ''} />
      {reasons.length === 0 ? null : <p>{reasons.map(visible).join(' ')}</p>}
      {lastError === '' ? null : (
        <p class="muted">
          Last error{lastErrorAt === null ? '' : ` ${relative(Math.min(lastErrorAt, store.serverNow.value), store.serverNow.value)}`}: {visible(lastError)}
          {retries === 0 ? '' : ` (${counted(retries, 'retry', 'retries')})`}
        </p>
      )}
      <p class="muted">
        {[eventsHandled === 0 ? '' : `${counted(eventsHandled, 'event')} handled`, needs.length === 0 ? '' : `needs ${needs.join(', ')}`, wants.length === 0 ? '' : `uses ${wants.join(', ')}`].filter((part) => part !== '').join(' · ')}
      </p>
    </li>
  );
}

function RoomItem({ room }: { room: Room }) {
  const { store } = usePage();
  const { name, url, protocol, state, since, attempts, nextAttemptAt, lastError, received, sent, losses } = room;
  const now = store.serverNow.value;
  return (
    <li data-room={name} data-level={levelOfRoom(state)}>
      <Head name={name} state={state} more={since === null ? '' : `for ${duration(now - since)}`} />
      <p class="muted">
        {visible(url)} ({protocol}) · {count(received)} received, {count(sent)} sent, {counted(losses, 'loss', 'losses')}
      </p>
      {state === 'joined' || lastError === '' ? null : (
        <p>
          {visible(lastError)} {attempts === 0 ? '' : `Attempt ${count(attempts)}.`} {nextAttemptAt === null ? '' : `Next ${relative(nextAttemptAt, now)}.`}
        </p>
      )}
    </li>
  );
}

function CircuitItem({ circuit, move }: { circuit: Circuit; move: (name: string, action: CircuitAction, reason: string) => void }) {
  const { store } = usePage();
  const { name, state, failures, lastFailure, nextAttemptAt } = circuit;
  const { level, detail } = describeBreaker({ name, state, failures, lastFailure, nextAttemptAt: nextAttemptAt ?? 0 }, store.serverNow.value);
  return (
    <li data-circuit={name} data-level={level}>
      <Head name={name} state={state} more={detail} />
      {mayOperate.value ? (
        <p class="actions">
          {state === 'closed' ? null : (
            <button type="button" aria-label={`Reset ${name}`} onClick={() => move(name, 'reset', '')}>
              Reset
            </button>
          )}
          {state === 'isolated' ? null : (
            <button type="button" class="quiet" aria-label={`Isolate ${name}`} onClick={() => askIsolate(name, move)}>
              Isolate
            </button>
          )}
        </p>
      ) : null}
    </li>
  );
}

function Head({ name, state, more }: { name: string; state: string; more: string }) {
  return (
    <p class="part-head">
      <b>{name}</b> <span class="state">{state}</span> <span class="muted">{more}</span>
    </p>
  );
}

function askIsolate(name: string, move: (name: string, action: CircuitAction, reason: string) => void): void {
  question.value = {
    title: `Isolate ${name}?`,
    text: 'Nothing is asked of it until somebody resets it. Events and samples are taken and wait in the spool meanwhile.',
    button: 'Isolate',
    typed: '',
    act: (reason) => move(name, 'isolate', reason),
  };
}

async function moveCircuit(api: PartsApi, said: Signal<Said | null>, name: string, action: CircuitAction, reason: string): Promise<void> {
  try {
    await api.move(name, action, reason);
    said.value = { level: 'ok', text: action === 'reset' ? `${name} is closed: it is asked again.` : `${name} is isolated: nothing is asked of it.` };
  } catch (fault) {
    said.value = faultWords(`${name} cannot be ${action === 'reset' ? 'reset' : 'isolated'}`, ApiFault.of(fault));
  }
}
