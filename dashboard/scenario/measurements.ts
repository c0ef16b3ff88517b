import type { Chance } from './Chance';

/** What a shop measures, as an SDK of OpenTelemetry sends it. */
export function measurements(chance: Chance, sold: number, at: number): object {
  const timeUnixNano = `${Math.round(at)}000000`;
  const point = (value: number, labels: Readonly<Record<string, string>> = {}): object => ({ timeUnixNano, asDouble: value, attributes: Object.entries(labels).map(([key, text]) => ({ key, value: { stringValue: text } })) });
  const gauge = (name: string, unit: string, dataPoints: readonly object[]): object => ({ name, unit, gauge: { dataPoints } });
  const slow = Math.sin(at / 300_000);
  return {
    resourceMetrics: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
        scopeMetrics: [
          {
            metrics: [
              gauge('shop.checkout.duration', 'ms', ['card', 'voucher'].map((way, place) => point(90 + 40 * slow + place * 35 + chance.between(0, 25), { way }))),
              gauge('shop.queue.depth', '{order}', ['mail', 'parcels'].map((queue) => point(chance.whole(0, 12 + Math.round(8 * (1 + slow))), { queue }))),
              { name: 'shop.orders', unit: '{order}', sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: [{ ...point(sold), startTimeUnixNano: '1' }] } },
            ],
          },
        ],
      },
    ],
  };
}
