import { counted } from '../../format/numbers';
import type { CheckState } from '../../wire/health';
import { levelOf } from './words';

/** How many results the server keeps of a check. */
const kept = 21;

/** What the last runs found, the newest at the right: whether something fails for good or now and then is seen at once. */
export function Results({ results }: { results: readonly CheckState[] }) {
  const bad = results.filter((result) => result !== 'pass').length;
  return (
    <span class="results" role="img" aria-label={`${counted(results.length, 'result')}, ${bad} of them not good`} title="What the last runs found, the newest at the right">
      {Array.from({ length: kept - results.length }, (_, place) => (
        <i key={place} />
      ))}
      {results.map((result, place) => (
        <i key={kept - results.length + place} data-level={levelOf(result)} />
      ))}
    </span>
  );
}
