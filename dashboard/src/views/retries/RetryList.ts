import { signal } from '@preact/signals';
import type { RetriesApi } from '../../api/retries';
import { ApiFault } from '../../api/request';
import { retryStatuses } from '../../wire/retries';
import type { Retry, RetryAlert, RetryGroup, RetryTotals } from '../../wire/retries';
import { PagedList } from '../../work/PagedList';
import type { RetryFilters } from './filters';

/** The retries that pass a filter, page by page; the causes of those that failed; how many there are in all; and what needs attention. */
export class RetryList extends PagedList<Retry, RetryFilters> {
  readonly groups = signal<readonly RetryGroup[]>([]);
  readonly alerts = signal<readonly RetryAlert[]>([]);
  /** Of all retries, whatever the filter; null before the first answer. */
  readonly totals = signal<RetryTotals | null>(null);
  /** The queue has others than when the rows were read. */
  readonly outdated = signal(false);

  constructor(private readonly api: Pick<RetriesApi, 'list' | 'groups' | 'totals' | 'alerts'>) {
    super((filters, cursor, aborted) => api.list(filters, cursor, aborted));
  }

  /** Asks for the counts and alerts alone: rows must not move under whoever reads them. */
  async recount(): Promise<void> {
    const before = this.totals.peek();
    const { signal: aborted } = this.request;
    const read = await Promise.all([this.api.totals(aborted), this.api.alerts(aborted)]).catch(ApiFault.of);
    // A count that fails changes nothing that is shown; the next look at the list tells the fault.
    if (aborted.aborted || read instanceof ApiFault) return;
    [this.totals.value, this.alerts.value] = read;
    if (before !== null && retryStatuses.some((status) => before[status] !== read[0][status])) this.outdated.value = true;
  }

  protected override async readBeside(filters: RetryFilters, aborted: AbortSignal): Promise<() => void> {
    const [groups, totals, alerts] = await Promise.all([this.#groups(filters, aborted), this.api.totals(aborted), this.api.alerts(aborted)]);
    return () => {
      this.groups.value = groups;
      this.totals.value = totals;
      this.alerts.value = alerts;
      this.outdated.value = false;
    };
  }

  /** What waits has no cause: it has not failed for the last time. */
  async #groups(filters: RetryFilters, aborted: AbortSignal): Promise<readonly RetryGroup[]> {
    return filters.status === '' || filters.status === 'dead_letter' || filters.status === 'failed' ? this.api.groups(filters, aborted) : [];
  }
}
