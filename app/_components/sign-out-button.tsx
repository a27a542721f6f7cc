'use client';

import { apiSend } from '../_lib/api-client';
import { notify } from '../_lib/notify';

export function SignOutButton({ className }: { className?: string }) {
  async function signOut() {
    try {
      await apiSend('DELETE', '/session', undefined, (c) => c.sessionInfo);
      // A whole page load: nothing of what was on the screen stays in memory.
      window.location.assign('/sign-in');
    } catch (error) {
      notify.failure('You are still signed in', error);
    }
  }
  return (
    <button type="button" onClick={() => void signOut()} className={className}>
      Sign out
    </button>
  );
}
