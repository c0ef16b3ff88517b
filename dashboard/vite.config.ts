import { defineConfig } from 'vite';

// Relative addresses: the server may be mounted under any path, and says which in <base href>.
export default defineConfig({
  base: './',
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
