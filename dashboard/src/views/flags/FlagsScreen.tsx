import { computed, effect } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { FlagsApi } from '../../api/flags';
import { ApiFault } from '../../api/request';
import { usePage } from '../../context';
import { route } from '../../route/location';
import type { Store } from '../../state/store';
import { Confirm } from '../../work/Confirm';
import { FlagBook } from './FlagBook';
import { FlagDesk } from './FlagDesk';
import { FlagFilterBar } from './FlagFilterBar';
import { FlagList } from './FlagList';
import { FlagsContext } from './FlagsContext';
import type { FlagsModel } from './FlagsContext';
import { NewFlag } from './NewFlag';
import '../../work/work.css';
import './flags.css';

/** Why a rollout waits changes without a change of the flag, so that no frame tells of it. */
const lookAtRolloutEveryMs = 5000;

/** Every setting and flag: what it is, which layer says so, and what can be done about it. */
export function FlagsScreen() {
  const { store } = usePage();
  const model = useMemo(() => {
    const api = new FlagsApi(document.baseURI);
    const book = new FlagBook(api);
    return { api, book, desk: new FlagDesk(api, book) };
  }, []);
  useEffect(() => follow(model, store), [model, store]);

  return (
    <FlagsContext.Provider value={model}>
      <section class="panel log flags" aria-labelledby="flags-title">
        <div class="log-head">
          <h2 id="flags-title">Flags</h2>
          <FlagFilterBar />
          <NewFlag />
          <button type="button" class="quiet" onClick={() => lookAgain(model)}>
            Look again
          </button>
        </div>
        <p class="outcome" role="status" data-level={model.desk.said.value?.level}>
          {model.desk.said.value?.text}
        </p>
        <FlagList />
      </section>
      <Confirm />
    </FlagsContext.Provider>
  );
}

function lookAgain({ book, desk }: FlagsModel): void {
  void book.load();
  void desk.refresh();
}

/** Asks anew when a flag was changed anywhere, and while a rollout is on the screen. */
function follow(model: FlagsModel, store: Store): () => void {
  const name = computed(() => route.value.flag);
  const stops = [
    effect(() => void model.desk.open(name.value)),
    effect(() => {
      if (store.flagsEtag.value !== '') lookAgain(model);
      else void model.book.load();
    }),
  ];
  const timer = setInterval(() => {
    if (isRolling(model.desk)) void model.desk.refresh();
  }, lookAtRolloutEveryMs);
  return () => {
    clearInterval(timer);
    for (const stop of stops) stop();
    model.book.stop();
    model.desk.stop();
  };
}

function isRolling({ opened }: FlagDesk): boolean {
  const whole = opened.peek()?.whole ?? null;
  return whole !== null && !(whole instanceof ApiFault) && whole.flag.rollout?.status === 'running';
}
