import { useState } from 'preact/hooks';
import { usePage } from '../../context';
import { count } from '../../format/numbers';
import { refine, route } from '../../route/location';
import type { LetterGroup } from '../../wire/deadLetters';
import { useLetters } from './LettersContext';
import { placeWords, spanWords } from './words';

const shownAtFirst = 5;

/** Letters by their cause, the most frequent first: often one mend is enough for all of a group. */
export function Groups() {
  const groups = useLetters().list.groups.value;
  const [all, setAll] = useState(false);
  if (groups.length === 0) return null;
  return (
    <section class="groups" aria-labelledby="groups-title">
      <h3 id="groups-title">Causes</h3>
      <ul>
        {(all ? groups : groups.slice(0, shownAtFirst)).map((group) => (
          <Group key={group.fingerprint} group={group} />
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

function Group({ group }: { group: LetterGroup }) {
  const { store } = usePage();
  const { letters } = route.value;
  const pressed = letters.fingerprint === group.fingerprint;
  const only = (): void => refine({ ...route.value, letters: { ...letters, fingerprint: pressed ? '' : group.fingerprint } });
  return (
    <li>
      <button type="button" class="group-line" aria-pressed={pressed} onClick={only}>
        <b class="figure">{count(group.count)}</b>
        <span class="reason">{group.reason}</span>
        <span class="place">{placeWords(group)}</span>
        <span class="span">{spanWords(group, store.serverNow.value)}</span>
      </button>
      <a class="example" href={`#/dead-letters?letter=${group.exampleId}`} onClick={(event) => openExample(event, group)}>
        example
      </a>
    </li>
  );
}

function openExample(event: Event, { exampleId }: LetterGroup): void {
  event.preventDefault();
  refine({ ...route.value, letter: String(exampleId) });
}
