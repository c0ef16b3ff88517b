// Sends known measurements with the real exporters for Node: node send.mjs <address of the server> <proto|json> <cumulative|delta>
// Prints what it measured, one JSON object, for the test to compare with what the server stored.
import { OTLPMetricExporter as JsonExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtobufExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AggregationTemporality, AggregationType, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';

const [address, encoding, temporality] = process.argv.slice(2);
const Exporter = encoding === 'proto' ? ProtobufExporter : JsonExporter;
const exporter = new Exporter({
  url: new URL('/v1/metrics', address).href,
  temporalityPreference: temporality === 'delta' ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE,
  compression: encoding === 'proto' ? 'gzip' : 'none',
});
// Exported by hand: an hour is longer than the test.
const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
const provider = new MeterProvider({
  resource: resourceFromAttributes({ 'service.name': `node-${encoding}-${temporality}`, 'service.version': '1.2.3', 'process.pid': 42 }),
  readers: [reader],
  views: [{ instrumentName: 'node.spread', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }],
});
const meter = provider.getMeter('holdfast.tests', '1.0');
const requests = meter.createCounter('node.requests', { unit: '{request}', description: 'Requests.' });
const queue = meter.createUpDownCounter('node.queue');
const duration = meter.createHistogram('node.duration', { unit: 's', advice: { explicitBucketBoundaries: [0.1, 1, 10] } });
const spread = meter.createHistogram('node.spread');
const temperature = meter.createObservableGauge('node.temperature', { unit: 'Cel' });
temperature.addCallback((result) => result.observe(21.5, { room: 'hall', floors: [1, 2] }));

// Two rounds, so that differences have something to add up.
for (const round of [1, 2]) {
  requests.add(3 * round, { route: '/a', ok: true });
  requests.add(2, { route: '/ä' });
  queue.add(5, { lane: 'x' });
  queue.add(-2, { lane: 'x' });
  for (const seconds of [0.05, 0.5, 5, 50]) duration.record(seconds * round);
  for (let i = 1; i <= 100; i++) spread.record(i);
  await new Promise((resolve) => setTimeout(resolve, 20));
  await provider.forceFlush();
}

await provider.shutdown();
console.log(JSON.stringify({ requests_a: 9, requests_b: 4, queue: 6, duration_count: 8, duration_sum: 166.65, spread_count: 200 }));
