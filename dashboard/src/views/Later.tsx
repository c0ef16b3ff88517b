import { signal } from '@preact/signals';
import type { ComponentType, FunctionComponent, VNode } from 'preact';
import { useEffect } from 'preact/hooks';

/** A screen whose code is fetched when someone goes there, so that the first visit does not pay for it. */
export function later(load: () => Promise<ComponentType>, meanwhile: VNode | null = <p class="panel muted">Loading this screen.</p>): FunctionComponent {
  const arrived = signal<{ readonly Screen: ComponentType } | { readonly fault: string } | null>(null);
  const fetchOnce = async (): Promise<void> => {
    if (arrived.peek() !== null) return;
    arrived.value = await load().then(
      (Screen) => ({ Screen }),
      (fault: unknown) => ({ fault: fault instanceof Error ? fault.message : String(fault) }),
    );
  };
  return function Later() {
    useEffect(() => void fetchOnce(), []);
    const it = arrived.value;
    if (it === null) return meanwhile;
    return 'Screen' in it ? <it.Screen /> : <Missing fault={it.fault} />;
  };
}

/** A browser does not fetch a module again that failed once; the page has to be asked for anew, also when the server was updated. */
function Missing({ fault }: { fault: string }) {
  return (
    <div class="panel" role="alert">
      <p>This screen cannot be loaded ({fault}). The server may be away or was updated.</p>
      <button type="button" onClick={() => location.reload()}>
        Load the page again
      </button>
    </div>
  );
}
