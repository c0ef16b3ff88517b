import { refine, route } from '../../route/location';
import { letterKinds, letterStatuses } from '../../wire/deadLetters';
import { emptyLetterFilters, isFilteringLetters } from './filters';
import type { LetterFilters } from './filters';

/** Which letters are shown. Everything chosen here is in the address. */
export function LetterFilterBar() {
  const { letters } = route.value;
  return (
    <form class="filters" role="search" aria-label="Filter dead letters" onSubmit={(event) => event.preventDefault()}>
      <Field name="text" label="Text" placeholder="Text ( / )" />
      <Field name="event_type" label="Type" placeholder="Type" />
      <Field name="source" label="Source" placeholder="Source" />
      <Choice name="status" label="Status" all="All states" words={letterStatuses} />
      <Choice name="kind" label="Kind" all="All kinds" words={letterKinds} />
      {isFilteringLetters(letters) ? (
        <button type="button" class="quiet" onClick={() => refine({ ...route.value, letters: emptyLetterFilters })}>
          Clear
        </button>
      ) : null}
    </form>
  );
}

function Field({ name, label, placeholder }: { name: keyof LetterFilters; label: string; placeholder: string }) {
  return (
    <input
      type="search"
      data-filter={name}
      aria-label={label}
      placeholder={placeholder}
      value={route.value.letters[name]}
      autocomplete="off"
      spellcheck={false}
      onInput={(event) => set(name, event.currentTarget.value)}
    />
  );
}

function Choice({ name, label, all, words }: { name: keyof LetterFilters; label: string; all: string; words: readonly string[] }) {
  return (
    <select aria-label={label} data-filter={name} value={route.value.letters[name]} onChange={(event) => set(name, event.currentTarget.value)}>
      <option value="">{all}</option>
      {words.map((word) => (
        <option key={word} value={word}>
          {word}
        </option>
      ))}
    </select>
  );
}

function set(name: keyof LetterFilters, value: string): void {
  refine({ ...route.value, letters: { ...route.value.letters, [name]: value } });
}
