import { buildIfNeeded } from '../../scripts/build.mjs';

/** The e2e tests run against the production build. */
export default function buildApp(): void {
  buildIfNeeded(process.cwd());
}
