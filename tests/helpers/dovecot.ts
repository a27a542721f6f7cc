import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { ImapFlow } from 'imapflow';
import { eventually } from './eventually';

const run = promisify(execFile);
const BINARY = ['/usr/sbin/dovecot', '/usr/local/sbin/dovecot', '/opt/homebrew/sbin/dovecot'].find((file) =>
  existsSync(file),
);

/** `npm test` installs it where it can. */
export const isDovecotInstalled = BINARY !== undefined;

/** Password of everybody. It must show up nowhere. */
export const PASSWORD = 'Tr0ub4dor&3 "ü\\ canary';
/** Each account may keep this much, in bytes. */
export const QUOTA = 2 * 1024 * 1024;

export interface Dovecot {
  host: string;
  /** In the clear, and STARTTLS. */
  port: number;
  /** TLS from the start. */
  tlsPort: number;
  /** The authority that signed its certificate, as PEM. */
  ca: string;
  /** A new account, with these folders beside the inbox. `Drafts` is marked as the one for drafts (RFC 6154). */
  account(folders?: string[]): Promise<DovecotAccount>;
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

/** An account as its owner sees it. */
export interface DovecotAccount {
  user: string;
  messages(folder?: string): Promise<{ uid: number; flags: string[]; source: string }[]>;
  put(source: string, folder?: string): Promise<void>;
  remove(uid: number, folder?: string): Promise<void>;
  createFolder(folder: string): Promise<void>;
  /** Deletes it, messages and all. */
  removeFolder(folder: string): Promise<void>;
  /** Gives the owner all rights in the folder, or the one to read alone. */
  allowStoring(isAllowed: boolean, folder?: string): Promise<void>;
}

/** A Dovecot of the test's own, on this machine alone, as whichever user the tests run. */
export async function startDovecot(): Promise<Dovecot> {
  if (BINARY === undefined) throw new Error('Dovecot is not installed.');
  const binary = BINARY;
  // Paths of its sockets have to be short.
  const directory = await mkdtemp(path.join(tmpdir(), 'dc-'));
  const [port, tlsPort] = await freePorts();
  const owner = await mailOwner();
  const config = path.join(directory, 'dovecot.conf');
  const ca = await makeCertificates(directory);
  await mkdir(path.join(directory, 'mail'));
  await chown(path.join(directory, 'mail'), owner.uid, owner.gid);
  if (owner.uid !== process.getuid?.()) await run('chmod', ['755', directory]);
  await writeFile(config, configuration(directory, port, tlsPort, owner));
  let server: ChildProcess | null = null;
  let accounts = 0;
  const clients: ImapFlow[] = [];

  async function start(): Promise<void> {
    // A process group of its own: whom it serves is not disconnected by its end alone.
    const child = spawn(binary, ['-F', '-c', config], { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
    server = child;
    await eventually(async () => {
      if (child.exitCode !== null) throw new Error(`Dovecot did not start: ${output}${await log()}`);
      return answers(port);
    }, 'Dovecot to listen');
  }

  async function stop(): Promise<void> {
    const child = server;
    server = null;
    if (!child || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    process.kill(-(child.pid ?? 0), 'SIGTERM');
    await ended;
  }

  const log = () => readFile(path.join(directory, 'log'), 'utf8').catch(() => '');

  async function connected(user: string): Promise<ImapFlow> {
    const client = new ImapFlow({
      ...{ host: '127.0.0.1', port, secure: false, doSTARTTLS: false, logger: false, disableAutoIdle: true },
      auth: { user, pass: PASSWORD },
    });
    client.on('error', () => {});
    await client.connect();
    clients.push(client);
    return client;
  }

  await start();
  return {
    host: '127.0.0.1',
    port,
    tlsPort,
    ca,
    async account(folders = ['Drafts']) {
      accounts += 1;
      const user = `rep${accounts}`;
      let kept = await connected(user);
      /** The owner's connection, whatever happened to the server meanwhile. */
      const client = async () => {
        if (!kept.usable) kept = await connected(user);
        return kept;
      };
      const opened = async (folder: string) => {
        const owner = await client();
        await owner.mailboxOpen(folder);
        return owner;
      };
      for (const folder of folders) await kept.mailboxCreate(folder);
      return {
        user,
        async messages(folder = 'Drafts') {
          const messages = await (await opened(folder)).fetchAll('1:*', { uid: true, flags: true, source: true });
          return messages.map(({ uid, flags, source }) => ({
            uid,
            flags: [...(flags ?? [])].filter((flag) => flag !== '\\Recent').sort(),
            source: source?.toString('latin1') ?? '',
          }));
        },
        async put(source, folder = 'Drafts') {
          await (await client()).append(folder, source, ['\\Draft']);
        },
        async remove(uid, folder = 'Drafts') {
          await (await opened(folder)).messageDelete(String(uid), { uid: true });
        },
        createFolder: async (folder) => void (await (await client()).mailboxCreate(folder)),
        async removeFolder(folder) {
          await (await opened('INBOX')).mailboxDelete(folder);
        },
        async allowStoring(isAllowed, folder = 'Drafts') {
          const file = path.join(directory, 'mail', user, 'Maildir', `.${folder}`, 'dovecot-acl');
          await writeFile(file, `owner ${isAllowed ? 'lrwstiekxa' : 'lr'}\n`);
        },
      };
    },
    stop,
    start,
    async close() {
      for (const client of clients) client.close();
      await stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function configuration(directory: string, port: number, tlsPort: number, owner: MailOwner): string {
  return `
protocols = imap
listen = 127.0.0.1
base_dir = ${directory}/run
state_dir = ${directory}/state
log_path = ${directory}/log
default_internal_user = ${owner.internal}
default_internal_group = ${owner.internalGroup}
default_login_user = ${owner.login}
first_valid_uid = 1
first_valid_gid = 1

ssl = yes
ssl_cert = <${directory}/server.pem
ssl_key = <${directory}/server.key
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
passdb {
  driver = passwd-file
  args = scheme=PLAIN username_format=everybody ${directory}/passwords
}
userdb {
  driver = static
  args = uid=${owner.uid} gid=${owner.gid} home=${directory}/mail/%u allow_all_users=yes
}

mail_location = maildir:~/Maildir
mail_plugins = quota acl
mail_max_userip_connections = 100
namespace inbox {
  inbox = yes
  separator = /
  mailbox Drafts {
    special_use = \\Drafts
  }
}
plugin {
  acl = vfile:cache_secs=0
  quota = count:User quota
  quota_vsizes = yes
  quota_grace = 0
  quota_rule = *:bytes=${QUOTA}
}

service imap-login {
  chroot =
  service_count = 0
  process_min_avail = 1
  inet_listener imap {
    port = ${port}
  }
  inet_listener imaps {
    port = ${tlsPort}
    ssl = yes
  }
}
service imap {
  service_count = 1000
  process_min_avail = 2
}
service anvil {
  chroot =
  # A wrong password would slow down all that follows from this address.
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service stats {
  chroot =
}
`;
}

interface MailOwner {
  uid: number;
  gid: number;
  internal: string;
  internalGroup: string;
  login: string;
}

/** As root Dovecot changes to users of its own package, and keeps no mail as root; otherwise all is ours. */
async function mailOwner(): Promise<MailOwner> {
  const ask = async (what: string, of: string[] = []) => (await run('id', [what, ...of])).stdout.trim();
  const uid = process.getuid?.() ?? 0;
  if (uid === 0) {
    const [nobody, group] = await Promise.all([ask('-u', ['nobody']), ask('-g', ['nobody'])]);
    const users = { internal: 'dovecot', internalGroup: 'dovecot', login: 'dovenull' };
    return { uid: Number(nobody), gid: Number(group), ...users };
  }
  const [name, group] = await Promise.all([ask('-un'), ask('-gn')]);
  return { uid, gid: process.getgid?.() ?? 0, internal: name, internalGroup: group, login: name };
}

/** An authority of our own and a certificate of the server, valid for 127.0.0.1 alone. @returns the authority's. */
async function makeCertificates(directory: string): Promise<string> {
  const openssl = (...options: string[]) => run('openssl', options, { cwd: directory });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  await openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=Headroom test authority');
  await openssl('req', ...key, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=Headroom test server');
  await writeFile(path.join(directory, 'server.ext'), 'subjectAltName = IP:127.0.0.1\n');
  const sign = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'server.ext'];
  await openssl('x509', '-req', '-in', 'server.csr', ...sign, '-out', 'server.pem');
  await writeFile(path.join(directory, 'passwords'), `everybody:{PLAIN}${PASSWORD}\n`);
  return readFile(path.join(directory, 'ca.pem'), 'utf8');
}

async function freePorts(): Promise<[number, number]> {
  const [first, second] = await Promise.all([listening(), listening()]);
  const ports = [first, second].map((server) => (server.address() as { port: number }).port);
  await Promise.all([first, second].map((server) => new Promise((resolve) => server.close(resolve))));
  return ports as [number, number];
}

async function listening() {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** Whether it greets: its listener alone is there before it can serve. */
async function answers(port: number): Promise<boolean> {
  const client = new ImapFlow({
    ...{ host: '127.0.0.1', port, secure: false, doSTARTTLS: false, logger: false, greetingTimeout: 2_000 },
    auth: { user: 'nobody', pass: PASSWORD },
  });
  client.on('error', () => {});
  return client.connect().then(
    () => client.logout().then(() => true),
    () => false,
  );
}
