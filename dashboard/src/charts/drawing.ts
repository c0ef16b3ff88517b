import { signal } from '@preact/signals';
import { afterPicture } from '../ui/pictures';

/** What draws charts: half of the code of the overview, and nothing that its figures need. */
export type Drawing = typeof import('./plot');

type Draw = (drawing: Drawing) => void;

/** Why no chart can be drawn; empty while they can. */
export const drawingFault = signal('');

const waiting = new Set<Draw>();
let isBusy = false;

/**
 * Draws when the figures are on the screen, one chart after the other, so that the page answers between two of them. The code is fetched
 * for the first. Returns how to give it up.
 */
export function whenFiguresStand(draw: Draw): () => void {
  waiting.add(draw);
  if (!isBusy) void drawAll();
  return () => waiting.delete(draw);
}

async function drawAll(): Promise<void> {
  isBusy = true;
  try {
    await afterPicture();
    const drawing = await import('./plot');
    for (const draw of waiting) {
      await afterPicture();
      if (waiting.delete(draw)) draw(drawing);
    }
  } catch (fault) {
    drawingFault.value = fault instanceof Error ? fault.message : String(fault);
  } finally {
    isBusy = false;
  }
}
