import { useComputed } from '@preact/signals';
import { usePage } from '../../context';
import { curlGet } from '../../format/curl';
import { refine, route } from '../../route/location';
import { CopyButton } from '../../ui/CopyButton';
import { categories, choices, emptyFilters, isFiltering } from './filters';
import type { EventFilters } from './filters';

/** What the log shows. Everything chosen here is in the address. */
export function FilterBar() {
  const { log, store } = usePage();
  const { filters } = route.value;
  const types = useComputed(() => choices(store.events.value, (event) => event.eventType));
  const sources = useComputed(() => choices(store.events.value, (event) => event.source));
  return (
    <form class="filters" role="search" aria-label="Filter events" onSubmit={(event) => event.preventDefault()}>
      <Field name="text" label="Text" placeholder="Text ( / )" />
      <Field name="event_type" label="Type" placeholder="Type" suggestions={types.value} />
      <Field name="source" label="Source" placeholder="Source" suggestions={sources.value} />
      <select aria-label="Category" data-filter="category" value={filters.category} onChange={(event) => set('category', event.currentTarget.value)}>
        <option value="">All categories</option>
        {categories.map((category) => (
          <option key={category} value={category}>
            {category.replace('_', ' ')}
          </option>
        ))}
      </select>
      {isFiltering(filters) ? (
        <button type="button" class="quiet" onClick={() => refine({ ...route.value, filters: emptyFilters })}>
          Clear
        </button>
      ) : null}
      <CopyButton label="Copy as curl" text={() => curlGet(log.url())} />
    </form>
  );
}

interface FieldProps {
  readonly name: keyof EventFilters;
  readonly label: string;
  readonly placeholder: string;
  readonly suggestions?: readonly string[];
}

function Field({ name, label, placeholder, suggestions }: FieldProps) {
  const list = `filter-${name}`;
  return (
    <>
      <input
        type="search"
        data-filter={name}
        aria-label={label}
        placeholder={placeholder}
        value={route.value.filters[name]}
        autocomplete="off"
        spellcheck={false}
        {...(suggestions === undefined ? {} : { list })}
        onInput={(event) => set(name, event.currentTarget.value)}
      />
      {suggestions === undefined ? null : (
        <datalist id={list}>
          {suggestions.map((suggestion) => (
            <option key={suggestion} value={suggestion} />
          ))}
        </datalist>
      )}
    </>
  );
}

function set(name: keyof EventFilters, value: string): void {
  refine({ ...route.value, filters: { ...route.value.filters, [name]: value } });
}
