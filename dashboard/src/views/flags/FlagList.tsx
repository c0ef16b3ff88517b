import type { ApiFault } from '../../api/request';
import { counted } from '../../format/numbers';
import { route } from '../../route/location';
import { emptyFlagFilters } from './filters';
import { FlagDetail } from './FlagDetail';
import { setFilters } from './FlagFilterBar';
import { FlagRow } from './FlagRow';
import { useFlags } from './FlagsContext';
import { passes } from './select';

/** The flags that pass the filter, by name. */
export function FlagList() {
  const { book } = useFlags();
  const { flags: filters, flag: open } = route.value;
  const [state, flags] = [book.state.value, book.flags.value];
  const shown = flags.filter((flag) => passes(flag, filters));
  return (
    <>
      {typeof state === 'object' ? <Failed fault={state} /> : null}
      {open !== '' && !shown.some(({ name }) => name === open) ? <FlagDetail name={open} /> : null}
      {shown.length > 0 ? (
        <ul class="flag-list" aria-label="Flags: rollouts first, then by name" aria-busy={state === 'loading'}>
          {shown.map((flag) => (
            <FlagRow key={flag.name} flag={flag} open={flag.name === open} />
          ))}
        </ul>
      ) : null}
      {shown.length === 0 && typeof state !== 'object' ? <Nothing /> : null}
      {shown.length === 0 ? null : <p class="older muted">{shown.length === flags.length ? `${counted(shown.length, 'flag')}.` : `${shown.length} of ${counted(flags.length, 'flag')}.`}</p>}
    </>
  );
}

function Nothing() {
  if (useFlags().book.flags.value.length === 0) return <p class="muted empty">Asking the server.</p>;
  return (
    <div class="empty">
      <p class="muted">No flag passes the filter.</p>
      <p>
        <button type="button" class="quiet" onClick={() => setFilters(emptyFlagFilters)}>
          Show all
        </button>
      </p>
    </div>
  );
}

function Failed({ fault: { message, detail } }: { fault: ApiFault }) {
  const { book } = useFlags();
  return (
    <div class="failed" role="alert">
      <p>
        <b>{message}</b> {detail}
        {book.flags.value.length === 0 ? '' : ' What is below was read before.'}
      </p>
      <button type="button" onClick={() => void book.load()}>
        Try again
      </button>
    </div>
  );
}
