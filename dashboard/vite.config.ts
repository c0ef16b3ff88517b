import { defineConfig } from 'vite';
import type { Plugin } from 'vite';

/**
 * When it is loaded uPlot makes two formatters of the browser's, which costs more than all else in it; nothing here asks for them, because
 * every axis brings its own. They are made when they are asked for. The build fails where another version of uPlot reads otherwise.
 */
const formattersWhenAsked: Plugin = {
  name: 'formatters-when-asked',
  transform(code, id) {
    if (!id.endsWith('/uplot/dist/uPlot.esm.js')) return null;
    const changes = [
      ["const numFormatter = new Intl.NumberFormat(domEnv ? nav.language : 'en-US');", ''],
      ['numFormatter.format(val)', "new Intl.NumberFormat(domEnv ? nav.language : 'en-US').format(val)"],
      ['const localTz = new Intl.DateTimeFormat().resolvedOptions().timeZone;', ''],
      ['tz == localTz', 'tz == new Intl.DateTimeFormat().resolvedOptions().timeZone'],
    ] as const;
    return changes.reduce((text, [from, to]) => {
      if (text.split(from).length !== 2) throw new Error(`uPlot does not read as expected: "${from}" is not there once.`);
      return text.replace(from, to);
    }, code);
  },
};

// Relative addresses: the server may be mounted under any path, and says which in <base href>.
export default defineConfig({
  base: './',
  plugins: [formattersWhenAsked],
  build: {
    outDir: process.env.HOLDFAST_ASSETS ?? 'dist',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    // Everything the first screen needs in one file of each kind; a data: address for a picture is allowed by the policy, other inlining is not.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
});
