import type { Flag } from '../../wire/flags';

interface Props {
  readonly flag: Flag;
  readonly text: string;
  readonly wrong: boolean;
  readonly change: (text: string) => void;
}

/** The control that goes with the type: a switch, a choice, a number, a text, or JSON. */
export function ValueField({ flag, text, wrong, change }: Props) {
  const described = { 'aria-invalid': wrong, 'aria-describedby': 'flag-faults' };
  if (flag.type === 'bool') {
    return (
      <label class="switch">
        <input type="checkbox" role="switch" checked={text === 'true'} {...described} onChange={(event) => change(String(event.currentTarget.checked))} />
        {text === 'true' ? 'On' : 'Off'}
        <span class="visually-hidden"> {flag.name}</span>
      </label>
    );
  }
  return (
    <label>
      Value
      {flag.type === 'json' ? (
        <textarea rows={Math.min(24, text.split('\n').length + 1)} spellcheck={false} value={text} {...described} onInput={(event) => change(event.currentTarget.value)} />
      ) : flag.choices.length > 0 ? (
        <select value={text} {...described} onChange={(event) => change(event.currentTarget.value)}>
          {flag.choices.map((choice) => (
            <option key={choice} value={choice}>
              {choice}
            </option>
          ))}
        </select>
      ) : (
        <input
          type="text"
          inputMode={flag.type === 'int' ? 'numeric' : flag.type === 'float' ? 'decimal' : 'text'}
          autocomplete="off"
          spellcheck={false}
          value={text}
          {...described}
          onInput={(event) => change(event.currentTarget.value)}
        />
      )}
    </label>
  );
}
