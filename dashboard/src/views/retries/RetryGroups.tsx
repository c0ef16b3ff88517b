import { useState } from 'preact/hooks';
import { mayOperate } from '../../api/access';
import { usePage } from '../../context';
import { visible } from '../../format/json';
import { count } from '../../format/numbers';
import { refine, route } from '../../route/location';
import type { RetryGroup } from '../../wire/retries';
import { useRetries } from './RetriesContext';
import { spanWords } from './words';

const shownAtFirst = 5;

/** What failed, by its cause, the most frequent first: often one mend is enough for all of a group. */
export function RetryGroups() {
  const groups = useRetries().list.groups.value;
  const [all, setAll] = useState(false);
  if (groups.length === 0) return null;
  return (
    <section class="groups" aria-labelledby="groups-title">
      <h3 id="groups-title">Causes</h3>
      <ul>
        {(all ? groups : groups.slice(0, shownAtFirst)).map((group) => (
          <Group key={group.fingerprint + group.operationType} group={group} />
        ))}
      </ul>
      {groups.length <= shownAtFirst ? null : (
        <button type="button" class="quiet" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? 'Fewer causes' : `All ${count(groups.length)} causes`}
        </button>
      )}
    </section>
  );
}

function Group({ group }: { group: RetryGroup }) {
  const { desk } = useRetries();
  const { store } = usePage();
  const { retries } = route.value;
  const pressed = retries.fingerprint === group.fingerprint;
  const only = (): void => refine({ ...route.value, retries: { ...retries, fingerprint: pressed ? '' : group.fingerprint } });
  const replay = (): void => {
    refine({ ...route.value, retries: { ...retries, fingerprint: group.fingerprint } });
    desk.ordering.value = 'replay';
  };
  return (
    <li>
      <button type="button" class="group-line" aria-pressed={pressed} onClick={only}>
        <b class="figure">{count(group.count)}</b>
        <span class="reason">{visible(group.message)}</span>
        <span class="place">{group.operationType}</span>
        <span class="span">{spanWords(group, store.serverNow.value)}</span>
      </button>
      {mayOperate.value ? (
        <button type="button" class="quiet" onClick={replay} aria-label={`Replay ${count(group.count)}: ${visible(group.message)}`}>
          Replay
        </button>
      ) : null}
      <a class="example" href={`#/retries?retry=${group.exampleId}`} onClick={(event) => openExample(event, group)}>
        example
      </a>
    </li>
  );
}

function openExample(event: Event, { exampleId }: RetryGroup): void {
  event.preventDefault();
  refine({ ...route.value, retry: exampleId });
}
