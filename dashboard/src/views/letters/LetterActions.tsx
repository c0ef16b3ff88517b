import { hasKey, mayOperate, withTicket } from '../../api/access';
import type { BulkAction } from '../../api/deadLetters';
import { bulkMax } from '../../api/deadLetters';
import { curlGet } from '../../format/curl';
import { count, counted } from '../../format/numbers';
import { CopyButton } from '../../ui/CopyButton';
import { question } from '../../work/question';
import { isFilteringLetters } from './filters';
import { typedNumber } from '../../work/typedNumber';
import { useLetters } from './LettersContext';
import type { LettersModel } from './LettersContext';

/** What can be done with all letters that pass the filter. */
export function LetterActions() {
  const model = useLetters();
  const { api, desk } = model;
  const filters = model.filters.value;
  const which = isFilteringLetters(filters) ? 'matching' : '';
  return (
    <div class="actions work-actions letter-actions">
      {mayOperate.value ? (
        <>
          <button type="button" disabled={desk.busy.value} onClick={() => void askOverMany(model, 'replay')}>
            Replay all {which}
          </button>
          <button type="button" disabled={desk.busy.value} onClick={() => void askOverMany(model, 'discard')}>
            Discard all {which}
          </button>
        </>
      ) : null}
      <a class="button quiet" href={api.exportUrl(filters).href} download onClick={download}>
        Export
      </a>
      <CopyButton label="Copy as curl" text={() => curlGet(api.listUrl(filters))} />
      {mayOperate.value ? (
        <button type="button" class="quiet" disabled={desk.busy.value} onClick={() => (desk.purging.value = true)}>
          Purge
        </button>
      ) : null}
      <Refresh />
    </div>
  );
}

/** What the browser fetches itself carries no key: the address gets a ticket in its place. */
function download(event: MouseEvent): void {
  if (!hasKey.peek() || !(event.currentTarget instanceof HTMLAnchorElement)) return;
  event.preventDefault();
  withTicket(document.baseURI, new URL(event.currentTarget.href)).then(
    (url) => location.assign(url.href),
    () => undefined, // the sign-in form, or the banner, says why
  );
}

function Refresh() {
  const { list, filters } = useLetters();
  const outdated = list.outdated.value;
  return (
    <button type="button" class={outdated ? 'pace' : 'quiet'} onClick={() => void list.load(filters.peek())}>
      {outdated ? 'Something changed: refresh' : 'Refresh'}
    </button>
  );
}

/** Counts first, asks with the number, and does no more than was agreed to. */
async function askOverMany({ desk, filters }: LettersModel, action: BulkAction): Promise<void> {
  const chosen = filters.peek();
  const matched = await desk.count(action);
  if (matched === null || matched === 0) return;
  const verb = action === 'replay' ? 'Replay' : 'Discard';
  question.value = {
    title: `${verb} ${counted(matched, 'dead letter')}?`,
    text: `${explain(action, isFilteringLetters(chosen))} ${matched === bulkMax ? `One operation takes at most ${count(bulkMax)}; the rest is for the next one.` : ''}`,
    button: `${verb} ${count(matched)}`,
    typed: action === 'discard' ? typedNumber(matched) : '',
    act: (reason) => void desk.overMany(action, { filters: chosen, limit: matched, reason }),
  };
}

function explain(action: BulkAction, filtered: boolean): string {
  const which = filtered ? 'Those that pass the filter and are neither recovered nor discarded' : 'All that are neither recovered nor discarded';
  return action === 'replay' ? `${which} are tried now, the oldest first; each attempt counts.` : `${which} are given up: they count as discarded in the ledger and are never tried again.`;
}
