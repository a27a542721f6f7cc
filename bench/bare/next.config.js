import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** An empty application: what every figure of ours is compared with. */
export default {
  poweredByHeader: false,
  typescript: { ignoreBuildErrors: true },
  turbopack: { root: path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..') },
};
