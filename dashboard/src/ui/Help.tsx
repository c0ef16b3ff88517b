import type { RefObject } from 'preact';

const keys: readonly (readonly [string, string])[] = [
  ['/', 'filter the list'],
  ['j  k', 'next and previous row'],
  ['Enter', 'open or close a row'],
  ['r  e  x', 'replay, edit, give up the open dead letter or retry'],
  ['g', 'causes, on these two screens'],
  ['Esc', 'leave a field, close this'],
  ['?', 'this help'],
];

export function Help({ dialog }: { readonly dialog: RefObject<HTMLDialogElement | null> }) {
  return (
    <dialog ref={dialog} class="panel" aria-labelledby="help-title">
      <h2 id="help-title">Keys</h2>
      <dl class="keys">
        {keys.map(([key, meaning]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <p>The event log stands still while you point at it, have the keyboard in it, or look at another window. The address holds the filters: copy it to share a view.</p>
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </dialog>
  );
}
