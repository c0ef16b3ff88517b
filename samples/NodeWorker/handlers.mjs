import { PermanentFailure } from './worker.mjs';

// What this worker can execute, by operation type. A handler that returns has done it, and one that throws is called again as the policy says.
// It can be called twice for one item, when a process dies between the effect and its record: the idempotency key makes the effect happen once.
export const handlers = {
  async charge_card({ target, payload, idempotencyKey, token, signal }) {
    const answer = await fetch(target, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': idempotencyKey, 'Holdfast-Retry-Token': token },
      body: JSON.stringify(payload),
      signal,
    });
    if (answer.status === 402) {
      throw new PermanentFailure('the card was declined');
    }
    if (!answer.ok) {
      throw new Error(`the bank answered with ${answer.status}`);
    }
  },
};
