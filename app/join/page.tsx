import type { Metadata } from 'next';
import { JoinForm } from './join-form';

export const metadata: Metadata = { title: 'Welcome', referrer: 'no-referrer' };

/** Where one-time links lead; their secret stands behind `#` and does not reach the server with the address. */
export default function JoinPage() {
  return <JoinForm />;
}
