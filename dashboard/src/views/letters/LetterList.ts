import { signal } from '@preact/signals';
import { ApiFault } from '../../api/request';
import type { DeadLettersApi } from '../../api/deadLetters';
import type { Letter, LetterGroup, LetterTotals } from '../../wire/deadLetters';
import { letterStatuses } from '../../wire/deadLetters';
import { PagedList } from '../../work/PagedList';
import type { LetterFilters } from './filters';

/** The letters that pass a filter, page by page, their causes, and how many there are in all. */
export class LetterList extends PagedList<Letter, LetterFilters> {
  readonly groups = signal<readonly LetterGroup[]>([]);
  /** Of all letters, whatever the filter; null before the first answer. */
  readonly totals = signal<LetterTotals | null>(null);
  /** The store has other letters than when the rows were read. */
  readonly outdated = signal(false);

  constructor(private readonly api: Pick<DeadLettersApi, 'list' | 'groups'>) {
    super((filters, cursor, aborted) => api.list(filters, cursor, aborted));
  }

  /** Asks for the counts alone: rows must not move under whoever reads them. */
  async recount(filters: LetterFilters, mine: boolean): Promise<void> {
    const before = this.totals.peek();
    const { signal: aborted } = this.request;
    const counted = await this.api.groups(filters, aborted).catch(ApiFault.of);
    // A count that fails changes nothing that is shown; the next look at the list tells the fault.
    if (aborted.aborted || counted instanceof ApiFault) return;
    this.groups.value = counted.items;
    this.totals.value = counted.totals;
    if (!mine && before !== null && letterStatuses.some((status) => before[status] !== counted.totals[status])) this.outdated.value = true;
  }

  protected override async readBeside(filters: LetterFilters, aborted: AbortSignal): Promise<() => void> {
    const groups = await this.api.groups(filters, aborted);
    return () => {
      this.groups.value = groups.items;
      this.totals.value = groups.totals;
      this.outdated.value = false;
    };
  }
}
