/** A colleague by name, as far as the address tells it: `luis.prado@…` → Luis Prado. */
export function Owner({ email }: { email: string | null }) {
  if (email === null) return <span className="text-ink-3">–</span>;
  return <span title={email}>{ownerName(email)}</span>;
}

export function ownerName(email: string): string {
  const [local = email] = email.split('@');
  const words = local.split(/[._-]+/).filter((word) => word !== '');
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(' ');
}
