import { describe, expect, it } from 'vitest';
import { chooseDraftsMailbox } from '../../../lib/adapters/mail/imap-mailboxes';

type Mailbox = Parameters<typeof chooseDraftsMailbox>[0][number];
const mailbox = (path: string, more: Partial<Mailbox> = {}): Mailbox => ({
  path,
  name: path.split('/').at(-1) ?? path,
  flags: new Set(),
  ...more,
});
const marked = (path: string, flags: string[] = []) =>
  mailbox(path, { specialUse: '\\Drafts', specialUseSource: 'extension', flags: new Set(['\\Drafts', ...flags]) });
const named = (path: string) => mailbox(path, { specialUse: '\\Drafts', specialUseSource: 'name' });

describe('the mailbox for drafts', () => {
  it.each([
    ['the one that the server marks', [mailbox('INBOX'), marked('INBOX/Entwürfe')], undefined, 'INBOX/Entwürfe'],
    ['the one with a usual name', [mailbox('INBOX'), named('Drafts')], undefined, 'Drafts'],
    ['the one that the settings name', [marked('Drafts'), mailbox('Sales')], 'Sales', 'Sales'],
    ['whatever its letters’ case', [marked('Drafts'), mailbox('Sales')], 'sALES', 'Sales'],
    ['the very one where two differ in case', [mailbox('sales'), mailbox('Sales')], 'Sales', 'Sales'],
  ])('is %s', (_, mailboxes, wanted, path) => {
    expect(chooseDraftsMailbox(mailboxes, wanted).path).toBe(path);
  });

  it('tells how it was found', () => {
    expect(chooseDraftsMailbox([marked('D')], undefined).foundBy).toBe('special_use');
    expect(chooseDraftsMailbox([named('D')], undefined).foundBy).toBe('name');
    expect(chooseDraftsMailbox([named('D')], 'D').foundBy).toBe('setting');
  });

  it.each(['\\Noselect', '\\NonExistent', '\\NoSelect'])('is none that holds no messages (%s)', (flag) => {
    expect(() => chooseDraftsMailbox([mailbox('INBOX'), marked('Drafts', [flag])], undefined)).toThrow(
      'This mailbox has no folder for drafts. There are: «INBOX».',
    );
    expect(() => chooseDraftsMailbox([mailbox('INBOX'), marked('Drafts', [flag])], 'Drafts')).toThrow(/no folder/);
  });

  it('is asked for with the names of those that there are, up to twenty', () => {
    const many = Array.from({ length: 25 }, (_, index) => mailbox(`F${index}`));
    expect(() => chooseDraftsMailbox(many, undefined)).toThrow(/«F0», .*«F19» and 5 more\.$/);
    expect(() => chooseDraftsMailbox([], 'Drafts')).toThrow('There is none at all.');
  });
});
