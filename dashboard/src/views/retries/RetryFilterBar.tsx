import { refine, route } from '../../route/location';
import { retryStatuses } from '../../wire/retries';
import { emptyRetryFilters, isFilteringRetries } from './filters';
import type { RetryFilters } from './filters';
import { statusWords } from './words';

const waiting: readonly string[] = ['pending', 'processing'];

/** Which retries are shown. Everything chosen here is in the address. */
export function RetryFilterBar() {
  const { retries } = route.value;
  return (
    <form class="filters" role="search" aria-label="Filter retries" onSubmit={(event) => event.preventDefault()}>
      {waiting.includes(retries.status) ? null : <Field name="text" label="Text" placeholder="Text ( / )" />}
      <Field name="operation_type" label="Operation type" placeholder="Type" />
      <Field name="target" label="Target" placeholder="Target" />
      <Field name="correlation_id" label="Correlation id" placeholder="Correlation id" />
      <Field name="group_key" label="Group key" placeholder="Group key" />
      <select aria-label="Status" data-filter="status" value={retries.status} onChange={(event) => choose(event.currentTarget.value)}>
        <option value="">All states</option>
        {retryStatuses.map((status) => (
          <option key={status} value={status}>
            {statusWords(status)}
          </option>
        ))}
      </select>
      {isFilteringRetries(retries) ? (
        <button type="button" class="quiet" onClick={() => set(emptyRetryFilters)}>
          Clear
        </button>
      ) : null}
    </form>
  );
}

/** What waits is found by exact keys alone: a text would have every payload of the queue read. */
export function choose(status: string): void {
  set(waiting.includes(status) ? { status, text: '' } : { status });
}

function Field({ name, label, placeholder }: { name: keyof RetryFilters; label: string; placeholder: string }) {
  return (
    <input
      type="search"
      data-filter={name}
      aria-label={label}
      placeholder={placeholder}
      value={route.value.retries[name]}
      autocomplete="off"
      spellcheck={false}
      onInput={(event) => set({ [name]: event.currentTarget.value })}
    />
  );
}

const set = (filters: Partial<RetryFilters>): void => refine({ ...route.value, retries: { ...route.value.retries, ...filters } });
