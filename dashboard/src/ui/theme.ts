import { computed, effect, signal } from '@preact/signals';
import { remember, remembered } from './memory';

export const themes = ['system', 'light', 'dark'] as const;

export type Theme = (typeof themes)[number];

const key = 'holdfast.theme';
const prefersDark = window.matchMedia('(prefers-color-scheme: dark)');
const systemIsDark = signal(prefersDark.matches);
prefersDark.addEventListener('change', (event) => (systemIsDark.value = event.matches));

export const theme = signal<Theme>(themes.find((name) => name === remembered(key)) ?? 'system');

/** What is on the screen: `system` resolved. */
export const shownTheme = computed<'light' | 'dark'>(() => (theme.value === 'system' ? (systemIsDark.value ? 'dark' : 'light') : theme.value));

effect(() => {
  document.documentElement.dataset.theme = shownTheme.value;
});

export function chooseTheme(chosen: Theme): void {
  theme.value = chosen;
  remember(key, chosen);
}
