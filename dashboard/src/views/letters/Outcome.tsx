import { count } from '../../format/numbers';
import { useLetters } from './LettersContext';

/** What the last operation came to, or how far it is; read aloud to those who do not see it. */
export function Outcome() {
  const { desk } = useLetters();
  const said = desk.said.value;
  return (
    <>
      <ProgressLine />
      <p class="outcome" role="status" data-level={said?.level}>
        {said?.text}
      </p>
    </>
  );
}

function ProgressLine() {
  const progress = useLetters().desk.progress.value;
  if (progress === null) return null;
  const { action, of, done } = progress;
  const words = action === 'replay' ? `Replaying: ${count(done)} of ${count(of)} stored so far` : `Discarding: ${count(done)} of ${count(of)} so far`;
  return (
    <label class="progress">
      {words}
      <progress max={of} value={done} />
    </label>
  );
}
