import { expect, test } from 'vitest';
import { overview, parseRoute } from '../../route/route';
import { addressOf, documentOf, keyOf, viewsOf } from './views';

const retries = parseRoute('#/retries?text=refund&status=dead_letter&retry=01a205c9-c381-7fbd-a2e9-6aecdee62724');

test('a view is kept without what was opened in it, and comes back', () => {
  const kept = { key: keyOf('retries', 'Refunds'), version: 1, value: documentOf('Refunds', retries) };

  const [view] = viewsOf('retries', [kept]);

  expect(view).toEqual({ key: kept.key, name: 'Refunds', address: '#/retries?text=refund&status=dead_letter' });
  expect(addressOf(retries)).toBe(view?.address);
});

test('views of other screens and other documents are not among them', () => {
  const others = [{ key: keyOf('events', 'a'), version: 1, value: {} }, { key: 'baseline.metrics', version: 2, value: {} }];

  expect(viewsOf('retries', others)).toEqual([]);
});

test('an address that somebody has put there leads nowhere but into the page', () => {
  const [view] = viewsOf('retries', [{ key: 'view.retries.x.1', version: 1, value: { name: 'x', address: 'javascript:alert(1)' } }]);

  expect(view?.address).toBe('#/');
});

test.each(['Überfällig', '支払い', 'a/b', 'A B', '…'])('%s has a key that the server takes, and no other name has it', (name) => {
  expect(keyOf('retries', name)).toMatch(/^[a-z0-9._-]{1,100}$/);
  expect(keyOf('retries', name)).not.toBe(keyOf('retries', `${name}!`));
});

test('the overview is no view', () => expect(documentOf('x', overview).address).toBe('#/'));
