import type { WholeLetter } from '../../api/deadLetters';
import { PayloadEditor } from '../../work/PayloadEditor';
import { useLetters } from './LettersContext';
import { payloadFault } from './words';

/** Changes the payload of a letter. */
export function LetterEditor({ whole }: { whole: WholeLetter }) {
  const { desk } = useLetters();
  return (
    <PayloadEditor
      whole={whole}
      name={`dead letter ${whole.letter.id}`}
      member="original_payload"
      then="replay"
      busy={desk.busy.value}
      check={payloadFault}
      save={({ letter }, text, reason, then) => desk.save(letter, text, reason, then)}
      cancel={() => (desk.editing.value = false)}
    />
  );
}
