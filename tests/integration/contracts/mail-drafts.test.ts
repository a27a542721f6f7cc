import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createEmlDrafts } from '../../../lib/adapters/mail/eml';
import type { DraftMessage } from '../../../lib/ports';
import { removeDirectory, temporaryDirectory } from '../../helpers/database';
import { createFaultyMail } from '../../helpers/faulty-mail';
import { describeMailDrafts } from './mail-drafts.suite';

describeMailDrafts('.eml files', async () => {
  const directory = await temporaryDirectory();
  return {
    drafts: createEmlDrafts(directory, 'headroom@localhost'),
    async tamper(message, draft) {
      const file = path.join(directory, draft.location);
      await writeFile(
        file,
        (await readFile(file, 'latin1')).replace(message.messageId, `x-${message.messageId}`),
        'latin1',
      );
    },
    remove: (draft) => rm(path.join(directory, draft.location)),
    close: () => removeDirectory(directory),
  };
});

const OF_THE_FAKE = { busy: 'unavailable', refused: 'reject', lost: 'drop', unanswered: 'accept_then_drop' } as const;

describeMailDrafts('the fake of the tests', async () => {
  const drafts = createFaultyMail({ idempotent: true });
  return {
    drafts,
    tamper: async (message) => drafts.tamper(message.messageId),
    inject: async (fault) => drafts.planCreates(OF_THE_FAKE[fault as keyof typeof OF_THE_FAKE]),
    count: async (messageId) => drafts.count(messageId),
  };
}, ['busy', 'refused', 'lost', 'unanswered']);

describe('.eml files', () => {
  const directories: string[] = [];
  afterEach(async () => {
    await Promise.all(directories.splice(0).map(removeDirectory));
  });
  async function folder(): Promise<string> {
    const directory = await temporaryDirectory();
    directories.push(directory);
    return directory;
  }
  const message: DraftMessage = {
    messageId: 'm@drafts.headroom.invalid',
    dispatchId: 'd-1',
    to: null,
    subject: 's',
    text: 't',
    html: '<p>h</p>',
    date: new Date('2026-11-22T09:30:00Z'),
  };
  const options = { idempotencyKey: 'd-1', signal: new AbortController().signal };

  it('says unavailable, with the remedy, where the directory cannot be written', async () => {
    const file = path.join(await folder(), 'drafts');
    await writeFile(file, 'a file where a folder should be');
    await expect(createEmlDrafts(file, 'headroom@localhost').createDraft(message, options)).rejects.toMatchObject({
      code: 'mail_unavailable',
      retryable: true,
      remedy: expect.stringContaining('HEADROOM_DATA_DIR'),
    });
  });

  it('leaves whole files and nothing else, however many write at once', async () => {
    const directory = await folder();
    const drafts = createEmlDrafts(directory, 'headroom@localhost');
    const messages = Array.from({ length: 20 }, (_, index) => ({ ...message, messageId: `m${index}@x.invalid` }));
    await Promise.all([...messages, ...messages].map((each) => drafts.createDraft(each, options)));
    const files = (await readdir(directory, { recursive: true, withFileTypes: true })).filter((entry) =>
      entry.isFile(),
    );
    expect(files).toHaveLength(20);
    for (const file of files) {
      expect(file.name).toMatch(/^[0-9a-f]{64}\.eml$/);
      expect(await readFile(path.join(file.parentPath, file.name), 'utf8')).toMatch(/--\r\n$/);
    }
  });

  it('refuses where the draft of another dispatch stands in its place', async () => {
    const drafts = createEmlDrafts(await folder(), 'headroom@localhost');
    await drafts.createDraft(message, options);
    await expect(drafts.createDraft({ ...message, dispatchId: 'd-2' }, options)).rejects.toMatchObject({
      code: 'mail_rejected',
      remedy: expect.stringContaining('.eml'),
    });
  });
});
