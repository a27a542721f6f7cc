import { access, constants, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { createEmlDrafts } from './adapters/mail/eml';
import type { Config } from './config';
import type { Log, MailDrafts } from './ports';

/** The mailbox that drafts go to, or why there is none. */
export interface MailConnection {
  drafts: MailDrafts | null;
  problem: string | null;
}

/** Local `.eml` drafts in the data directory. A directory that cannot be written leaves mail out; the desk works on. */
export async function connectMail(config: Config, given: MailDrafts | undefined, log: Log): Promise<MailConnection> {
  if (given) return { drafts: given, problem: null };
  const directory = path.join(config.dataDir, 'drafts');
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await access(directory, constants.W_OK);
    return { drafts: createEmlDrafts(directory, config.mailFrom), problem: null };
  } catch (error) {
    const problem = `The drafts folder ${directory} cannot be written (${(error as NodeJS.ErrnoException).code}). Give the server write access and restart it.`;
    log.error({ err: error, directory }, 'Mail is degraded: no draft can be left');
    return { drafts: null, problem };
  }
}
