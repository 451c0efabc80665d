import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

// The binary answers every address below /desk/ and /field/ with that entry's page; the dev server must do the same.
function entryPages(): Plugin {
  return {
    name: 'entry-pages',
    configureServer(server) {
      server.middlewares.use((request, _response, next) => {
        const path = (request.url ?? '').split('?')[0] ?? ''
        if (!path.startsWith('/api/') && !path.includes('.') && !path.startsWith('/@')) {
          const entry = path.startsWith('/desk') ? '/desk/' : path.startsWith('/field') ? '/field/' : '/'
          request.url = `${entry}index.html`
        }
        next()
      })
    },
  }
}

export default defineConfig({
  plugins: [vue(), entryPages()],
  appType: 'mpa',
  define: {
    __VUE_OPTIONS_API__: 'false',
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_I18N_LEGACY_API__: 'false',
    __VUE_I18N_FULL_INSTALL__: 'false',
    __INTLIFY_PROD_DEVTOOLS__: 'false',
  },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    // The policy of the pages allows no inline script and no foreign host, so nothing is inlined into the HTML.
    assetsInlineLimit: 0,
    rollupOptions: {
      input: { public: here('index.html'), desk: here('desk/index.html'), field: here('field/index.html') },
    },
  },
  server: { proxy: { '/api': process.env.JINGWEI_SERVER ?? 'http://127.0.0.1:8080' } },
  test: { environment: 'happy-dom', include: ['src/**/*.test.ts'] },
})
