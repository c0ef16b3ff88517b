import { useState } from 'preact/hooks';
import { mayOperate } from '../../api/access';
import { usePage } from '../../context';
import { count } from '../../format/numbers';
import { relative } from '../../format/time';
import { isOver } from '../../wire/operations';
import type { Operation } from '../../wire/operations';
import { useRetries } from './RetriesContext';
import { operationTitle, operationWords } from './words';

/** Ended ones that are shown without being asked for. */
const endedShown = 2;

/** Operations over many: how far they are, and what can be done about them. */
export function Operations() {
  const { book } = useRetries();
  const [all, setAll] = useState(false);
  const operations = book.operations.value;
  const ended = operations.filter(isOver);
  const shown = all ? operations : [...operations.filter((one) => !isOver(one)), ...ended.slice(0, endedShown)];
  const said = book.said.value;
  if (operations.length === 0 && said === null) return null;
  return (
    <section class="operations" aria-labelledby="operations-title">
      <h3 id="operations-title">Operations over many</h3>
      <p class="outcome" role="status" data-level={said?.level}>
        {said?.text}
      </p>
      <ul>
        {shown.map((operation) => (
          <OperationItem key={operation.id} operation={operation} />
        ))}
      </ul>
      {ended.length <= endedShown ? null : (
        <button type="button" class="quiet" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? 'Fewer' : `All ${count(operations.length)}`}
        </button>
      )}
    </section>
  );
}

function OperationItem({ operation }: { operation: Operation }) {
  const { store } = usePage();
  const { id, state, matched, taken, actor, createdAt, reason } = operation;
  const title = operationTitle(operation);
  return (
    <li data-operation={id} data-state={state}>
      <div class="operation-head">
        <b>{title}</b>
        <span class="state">{state}</span>
        <span class="muted">
          {actor}
          {createdAt === null ? '' : `, ${relative(Math.min(createdAt, store.serverNow.value), store.serverNow.value)}`}
          {reason === '' ? '' : `: ${reason}`}
        </span>
        {isOver(operation) || !mayOperate.value ? null : <OperationActions operation={operation} title={title} />}
      </div>
      {isOver(operation) ? null : <progress aria-label={title} max={Math.max(1, matched ?? 1)} value={taken} />}
      <p>{operationWords(operation)}</p>
    </li>
  );
}

function OperationActions({ operation: { id, state }, title }: { operation: Operation; title: string }) {
  const { book } = useRetries();
  const goesOn = state === 'running';
  return (
    <span class="actions">
      <button type="button" disabled={book.busy.value} aria-label={`${goesOn ? 'Pause' : 'Go on'}: ${title}`} onClick={() => void book.change(id, goesOn ? 'pause' : 'resume')}>
        {goesOn ? 'Pause' : 'Go on'}
      </button>
      <button type="button" class="quiet" disabled={book.busy.value} aria-label={`End: ${title}`} onClick={() => void book.change(id, 'cancel')}>
        End
      </button>
    </span>
  );
}
