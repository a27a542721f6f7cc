import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ConnectedMailbox,
  configuredMailbox,
  destinationInWords,
  type RoutingFacts,
  routeDraft,
} from '../../../lib/domain/mailbox-routing';

const DANA = 'dana.okafor@acme.example';
const NOTHING: RoutingFacts = {
  connected: [],
  delegatedDomains: [],
  imap: { perRepDomains: [], sharedAddress: null },
};
const gmail: ConnectedMailbox = {
  id: 'gmail_oauth.1',
  kind: 'gmail_oauth',
  address: DANA,
  owner: DANA,
  state: 'connected',
};
const imap: ConnectedMailbox = { ...gmail, id: 'imap.1', kind: 'imap' };
const shared: ConnectedMailbox = { ...imap, id: 'imap.shared', address: 'sales@acme.example', owner: null };
const delegated = { ...NOTHING, delegatedDomains: ['acme.example'] };
const perRep = { ...NOTHING, imap: { perRepDomains: ['acme.example'], sharedAddress: null } };
const configured = { ...NOTHING, imap: { perRepDomains: [], sharedAddress: 'team@acme.example' } };
const everything: RoutingFacts = {
  connected: [shared, imap, gmail],
  delegatedDomains: ['acme.example'],
  imap: { perRepDomains: ['acme.example'], sharedAddress: 'team@acme.example' },
};

const CASES: [string, string | null, RoutingFacts, string, string][] = [
  ['nothing', DANA, NOTHING, 'eml', 'Local drafts (.eml file)'],
  ['no rep, nothing', null, NOTHING, 'eml', 'Local drafts (.eml file)'],
  ['her own Gmail', DANA, { ...NOTHING, connected: [gmail] }, 'gmail_oauth.1', 'Dana’s Gmail drafts'],
  [
    'her own Gmail, whatever the case',
    'Dana.Okafor@ACME.example',
    { ...NOTHING, connected: [gmail] },
    gmail.id,
    'Dana’s Gmail drafts',
  ],
  ['somebody else’s Gmail', 'tom@acme.example', { ...NOTHING, connected: [gmail] }, 'eml', 'Local drafts (.eml file)'],
  ['her own IMAP', DANA, { ...NOTHING, connected: [imap] }, 'imap.1', 'Dana’s drafts'],
  ['both of hers', DANA, { ...NOTHING, connected: [imap, gmail] }, 'gmail_oauth.1', 'Dana’s Gmail drafts'],
  ['her own before delegation', DANA, { ...delegated, connected: [imap] }, 'imap.1', 'Dana’s drafts'],
  ['delegation', DANA, delegated, `gmail_delegated:${DANA}`, 'Dana’s Gmail drafts'],
  ['delegation of another domain', 'x@other.example', delegated, 'eml', 'Local drafts (.eml file)'],
  ['delegation is not for subdomains', 'x@sub.acme.example', delegated, 'eml', 'Local drafts (.eml file)'],
  [
    'delegation before IMAP of the configuration',
    DANA,
    { ...perRep, delegatedDomains: ['acme.example'] },
    `gmail_delegated:${DANA}`,
    'Dana’s Gmail drafts',
  ],
  ['IMAP of the configuration', DANA, perRep, `imap:${DANA}`, 'Dana’s drafts'],
  [
    'IMAP of the configuration before the shared one',
    DANA,
    { ...perRep, connected: [shared] },
    `imap:${DANA}`,
    'Dana’s drafts',
  ],
  [
    'the shared mailbox',
    DANA,
    { ...NOTHING, connected: [shared] },
    'imap.shared',
    'Shared drafts (sales@acme.example)',
  ],
  ['the shared mailbox without a rep', null, everything, 'imap.shared', 'Shared drafts (sales@acme.example)'],
  ['the configured shared mailbox', DANA, configured, 'imap:team@acme.example', 'Shared drafts (team@acme.example)'],
  [
    'the connected shared one before the configured',
    null,
    { ...configured, connected: [shared] },
    'imap.shared',
    'Shared drafts (sales@acme.example)',
  ],
  ['all there is', DANA, everything, 'gmail_oauth.1', 'Dana’s Gmail drafts'],
  [
    'one that must be connected again keeps its drafts',
    DANA,
    { ...everything, connected: [{ ...gmail, state: 'reconnect' }] },
    'gmail_oauth.1',
    'Dana’s Gmail drafts',
  ],
  [
    'one that is disconnected does not',
    DANA,
    { ...NOTHING, connected: [{ ...gmail, state: 'disconnected' }] },
    'eml',
    'Local drafts (.eml file)',
  ],
];

describe('where a draft goes', () => {
  it.each(CASES)('%s', (_, rep, facts, mailboxId, destination) => {
    expect(routeDraft(rep, facts)).toMatchObject({ mailboxId, destination });
  });

  it('never goes to a mailbox of another rep', () => {
    const address = fc.constantFrom('a@x.example', 'b@x.example', 'c@y.example');
    const box = fc.record({
      id: fc.uuid(),
      kind: fc.constantFrom('gmail_oauth' as const, 'imap' as const),
      address,
      owner: fc.option(address),
      state: fc.constantFrom('connected' as const, 'reconnect' as const, 'error' as const, 'disconnected' as const),
    });
    const domains = fc.subarray(['x.example', 'y.example']);
    fc.assert(
      fc.property(
        fc.option(address),
        fc.array(box, { maxLength: 6 }),
        domains,
        domains,
        (rep, connected, delegatedDomains, perRepDomains) => {
          const facts = { connected, delegatedDomains, imap: { perRepDomains, sharedAddress: null } };
          const route = routeDraft(rep, facts);
          const chosen = connected.find(({ id }) => id === route.mailboxId);
          if (chosen) expect([rep, null]).toContain(chosen.owner);
          if (chosen) expect(chosen.state).not.toBe('disconnected');
          const byConfiguration = configuredMailbox(route.mailboxId);
          if (byConfiguration) expect(byConfiguration.address).toBe(rep);
          expect(routeDraft(rep, facts)).toEqual(route);
        },
      ),
    );
  });
});

it('tells whose mailbox it is, and which, where the name does not say', () => {
  expect(destinationInWords('gmail_oauth', DANA, DANA)).toBe('Dana’s Gmail drafts');
  expect(destinationInWords('gmail_oauth', 'd.okafor@gmail.example', DANA)).toBe(
    'Dana’s Gmail drafts (d.okafor@gmail.example)',
  );
  expect(destinationInWords('imap', 'sales7@acme.example', 'sales7@acme.example')).toBe(
    'Drafts of sales7@acme.example',
  );
  expect(destinationInWords('gmail_delegated', 'tom@acme.example', 'tom@acme.example')).toBe(
    'Gmail drafts of tom@acme.example',
  );
});
