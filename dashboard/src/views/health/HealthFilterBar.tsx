import type { HealthApi } from '../../api/health';
import { curlGet } from '../../format/curl';
import { refine, route } from '../../route/location';
import { CopyButton } from '../../ui/CopyButton';
import type { Check } from '../../wire/health';
import { noteKinds } from '../../wire/health';
import { emptyHealthFilters, isFilteringHealth } from './filters';
import type { HealthFilters } from './filters';
import { kindWords } from './words';

/** Which of what happened is shown. Everything chosen here is in the address. */
export function HealthFilterBar({ api, checks }: { api: HealthApi; checks: readonly Check[] }) {
  const { health } = route.value;
  return (
    <form class="filters" role="search" aria-label="Filter what happened" onSubmit={(event) => event.preventDefault()}>
      <select aria-label="Check" data-filter="check" value={health.check} onChange={(event) => filterHealth({ check: event.currentTarget.value })}>
        <option value="">All checks</option>
        {withChosen(checks, health.check).map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <select aria-label="Kind" data-filter="kind" value={health.kind} onChange={(event) => filterHealth({ kind: event.currentTarget.value })}>
        <option value="">All kinds</option>
        {noteKinds.map((kind) => (
          <option key={kind} value={kind}>
            {kindWords[kind]}
          </option>
        ))}
      </select>
      {isFilteringHealth(health) ? (
        <button type="button" class="quiet" onClick={() => filterHealth(emptyHealthFilters)}>
          Clear
        </button>
      ) : null}
      <CopyButton label="Copy as curl" text={() => curlGet(api.historyUrl(health))} />
    </form>
  );
}

export const filterHealth = (filters: Partial<HealthFilters>): void => refine({ ...route.value, health: { ...route.value.health, ...filters } });

/** An address may name a check that there is no more: what is chosen can be seen. */
const withChosen = (checks: readonly Check[], chosen: string): readonly string[] => [...new Set([...checks.map(({ name }) => name), ...(chosen === '' ? [] : [chosen])])].sort();
