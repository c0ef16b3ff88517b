import { curlGet } from '../../format/curl';
import { refine, route } from '../../route/location';
import { CopyButton } from '../../ui/CopyButton';
import { origins } from '../../wire/flags';
import { emptyFlagFilters, isFilteringFlags } from './filters';
import type { FlagFilters } from './filters';
import { useFlags } from './FlagsContext';
import { originTitles } from './words';

/** Which flags are shown. Everything chosen here is in the address. */
export function FlagFilterBar() {
  const { api } = useFlags();
  const { flags } = route.value;
  return (
    <form class="filters" role="search" aria-label="Filter the flags" onSubmit={(event) => event.preventDefault()}>
      <input
        type="search"
        data-filter="text"
        aria-label="Text"
        placeholder="Text ( / )"
        value={flags.text}
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => setFilters({ text: event.currentTarget.value })}
      />
      <select aria-label="Layer that wins" data-filter="origin" value={flags.origin} onChange={(event) => setFilters({ origin: event.currentTarget.value })}>
        <option value="">All layers</option>
        {origins.map((origin) => (
          <option key={origin} value={origin}>
            {originTitles[origin]}
          </option>
        ))}
      </select>
      <label class="check">
        <input type="checkbox" data-filter="changed" checked={flags.changed !== ''} onChange={(event) => setFilters({ changed: event.currentTarget.checked ? 'yes' : '' })} />
        Changed from default
      </label>
      {isFilteringFlags(flags) ? (
        <button type="button" class="quiet" onClick={() => setFilters(emptyFlagFilters)}>
          Clear
        </button>
      ) : null}
      <CopyButton label="Copy as curl" text={() => curlGet(api.listUrl())} />
    </form>
  );
}

export const setFilters = (filters: Partial<FlagFilters>): void => refine({ ...route.value, flags: { ...route.value.flags, ...filters } });
