import { useEffect, useRef } from 'preact/hooks';
import { goTo, route } from '../../route/location';
import type { Flag } from '../../wire/flags';
import { FlagDetail } from './FlagDetail';
import { isChanged, nextBelow } from './select';
import { originTitles, valueWords } from './words';

/** A line of the list; it opens to everything that is known of the flag. */
export function FlagRow({ flag, open }: { flag: Flag; open: boolean }) {
  const line = useRef<HTMLButtonElement>(null);
  // Whoever comes by an address wants to see what it names, which may be far down; whoever types a filter wants to go on typing.
  useEffect(() => {
    if (open && document.activeElement === document.body) line.current?.scrollIntoView({ block: 'start' });
  }, []);
  return (
    <li data-flag={flag.name} data-changed={isChanged(flag)}>
      <button ref={line} type="button" class="row-line flag-line" aria-expanded={open} onClick={() => goTo({ ...route.value, flag: open ? '' : flag.name })}>
        <span class="name">{flag.name}</span>
        <b class="value">{valueWords(flag.value)}</b>
        <span class="origin">
          {originTitles[flag.origin]}
          <Below flag={flag} />
        </span>
        <span class="what">
          <Tags flag={flag} />
          {flag.description}
        </span>
      </button>
      {open ? <FlagDetail name={flag.name} /> : null}
    </li>
  );
}

function Below({ flag }: { flag: Flag }) {
  const below = nextBelow(flag);
  return below === null ? null : <span class="below"> over {valueWords(below.value)}</span>;
}

function Tags({ flag: { rule, rollout } }: { flag: Flag }) {
  const rolling = rollout !== null && (rollout.status === 'running' || rollout.status === 'paused');
  return (
    <>
      {rule?.enabled === false ? <span class="tag" data-level="bad">killed</span> : null}
      {rolling ? (
        <span class="tag" data-level="note">
          rollout {rollout.status === 'paused' ? 'paused at ' : ''}
          {rollout.percent} %
        </span>
      ) : null}
      {rule !== null && rule.enabled && !rolling && rule.shares.length + rule.targeting + rule.overrides > 0 ? <span class="tag">by rule</span> : null}
    </>
  );
}
