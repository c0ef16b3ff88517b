import { useState } from 'preact/hooks';
import { mayOperate } from '../../api/access';
import { refine, route } from '../../route/location';
import { useFlags } from './FlagsContext';
import { readField } from './draft';

/** Makes a flag of one's own: one value for everybody, to begin with. */
export function NewFlag() {
  const [making, setMaking] = useState(false);
  if (!mayOperate.value) return null;
  if (making) return <Make done={() => setMaking(false)} />;
  return (
    <button type="button" onClick={() => setMaking(true)}>
      New flag
    </button>
  );
}

function Make({ done }: { done: () => void }) {
  const { desk } = useFlags();
  const [name, setName] = useState('');
  const [value, setValue] = useState('false');
  const draft = readField('json', value);
  const make = async (event: Event): Promise<void> => {
    event.preventDefault();
    const wanted = name.trim();
    if (draft.fault !== null || !(await desk.make(wanted, draft.json, ''))) return;
    refine({ ...route.value, flag: wanted });
    done();
  };
  return (
    <form class="filters new-flag" aria-label="New flag" onSubmit={(event) => void make(event)}>
      <input type="text" aria-label="Name of the flag" placeholder="chart.fast" maxLength={100} spellcheck={false} autocomplete="off" value={name} onInput={(event) => setName(event.currentTarget.value)} />
      <input type="text" aria-label="Value for everybody, as JSON" aria-invalid={draft.fault !== null} spellcheck={false} autocomplete="off" value={value} onInput={(event) => setValue(event.currentTarget.value)} />
      <button type="submit" disabled={name.trim() === '' || draft.fault !== null || desk.busy.value}>
        Make
      </button>
      <button type="button" class="quiet" onClick={done}>
        Cancel
      </button>
    </form>
  );
}
