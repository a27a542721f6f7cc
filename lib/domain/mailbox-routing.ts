/** Where a draft goes: the one place that decides it. */

export type MailboxKind = 'gmail_oauth' | 'gmail_delegated' | 'imap' | 'eml';

/**
 * `reconnect`: its credentials no longer let the desk in; a person must act. `error`: the last call failed otherwise.
 * `disconnected`: nothing goes there any more, and nothing that would let the desk in is kept.
 */
export type MailboxState = 'connected' | 'reconnect' | 'error' | 'disconnected';

/** What routing knows of a mailbox that somebody connected. Addresses in lower case. */
export interface ConnectedMailbox {
  id: string;
  kind: 'gmail_oauth' | 'imap';
  address: string;
  /** The rep whose drafts go here; null: those of everybody without a mailbox of their own. */
  owner: string | null;
  state: MailboxState;
}

/** What is there to choose from. */
export interface RoutingFacts {
  connected: readonly ConnectedMailbox[];
  /** Google Workspace domains whose mailboxes the service account may open; lower case. */
  delegatedDomains: readonly string[];
  /** An IMAP server that configuration opens: for every rep of these domains, or one account for all. */
  imap: { perRepDomains: readonly string[]; sharedAddress: string | null };
}

export interface DraftRoute {
  mailboxId: string;
  kind: MailboxKind;
  /** Of the mailbox; null for local files. */
  address: string | null;
  /** In words, for «Draft to Dana Okafor · {destination}». */
  destination: string;
}

export const LOCAL_MAILBOX = 'eml';

/**
 * The rep's own mailbox first: what they connected, Gmail before IMAP; then the one that the service account opens for
 * their domain; then the one that the IMAP server of the configuration has for them. Without any, the shared mailbox: the
 * connected one before the configured one. Without that, a local file. A mailbox that must be connected again keeps its
 * place: its drafts wait for it and go nowhere else.
 */
export function routeDraft(repEmail: string | null, facts: RoutingFacts): DraftRoute {
  const rep = repEmail?.trim().toLowerCase() || null;
  const usable = facts.connected.filter(({ state }) => state !== 'disconnected');
  const ofOwner = (owner: string | null) =>
    KINDS_IN_ORDER.flatMap((kind) => usable.filter((box) => box.owner === owner && box.kind === kind))[0];
  if (rep !== null) {
    const own = ofOwner(rep);
    if (own) return routeTo(own.id, own.kind, own.address, rep);
    const domain = rep.slice(rep.lastIndexOf('@') + 1);
    if (facts.delegatedDomains.includes(domain)) return routeTo(delegatedId(rep), 'gmail_delegated', rep, rep);
    if (facts.imap.perRepDomains.includes(domain)) return routeTo(configuredImapId(rep), 'imap', rep, rep);
  }
  const shared = ofOwner(null);
  if (shared) return routeTo(shared.id, shared.kind, shared.address, null);
  const { sharedAddress } = facts.imap;
  if (sharedAddress !== null) return routeTo(configuredImapId(sharedAddress), 'imap', sharedAddress, null);
  return { mailboxId: LOCAL_MAILBOX, kind: 'eml', address: null, destination: 'Local drafts (.eml file)' };
}

const KINDS_IN_ORDER: readonly ConnectedMailbox['kind'][] = ['gmail_oauth', 'imap'];

/** The id of the mailbox that the service account opens for an address. */
export function delegatedId(address: string): string {
  return `gmail_delegated:${address}`;
}

/** The id of a mailbox on the IMAP server of the configuration. */
export function configuredImapId(address: string): string {
  return `imap:${address}`;
}

/** A mailbox that configuration opens, told by its id; null for those that somebody connected, and for local files. */
export function configuredMailbox(mailboxId: string): { kind: 'gmail_delegated' | 'imap'; address: string } | null {
  const [, kind, address] = /^(gmail_delegated|imap):(.+)$/.exec(mailboxId) ?? [];
  return kind === undefined || address === undefined ? null : { kind: kind as 'gmail_delegated' | 'imap', address };
}

/** The mailbox in words, e.g. `Dana’s Gmail drafts`. */
export function destinationInWords(kind: MailboxKind, address: string, owner: string | null): string {
  const drafts = kind === 'imap' ? 'drafts' : 'Gmail drafts';
  if (owner === null) return `Shared ${drafts} (${address})`;
  const name = firstName(owner);
  const whose = name === null ? `${drafts} of ${owner}` : `${name}’s ${drafts}`;
  // Where the mailbox goes by another name than its owner, the address says which it is.
  const stated = address === owner ? whose : `${whose} (${address})`;
  return stated.charAt(0).toUpperCase() + stated.slice(1);
}

function routeTo(mailboxId: string, kind: MailboxKind, address: string, owner: string | null): DraftRoute {
  return { mailboxId, kind, address, destination: destinationInWords(kind, address, owner) };
}

/** As the address tells it (`dana.okafor@…`: Dana); null where it does not. */
function firstName(address: string): string | null {
  const [first = '', ...more] = (address.split('@')[0] ?? '').split(/[._-]+/);
  if (more.length === 0 || !/^\p{L}{2,}$/u.test(first)) return null;
  return first.charAt(0).toLocaleUpperCase('en') + first.slice(1);
}
