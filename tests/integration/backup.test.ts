import { execFileSync } from 'node:child_process';
import { copyFile, mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BackupMade, createBackup } from '../../lib/backup';
import { loadConfig } from '../../lib/config';
import { openDatabase } from '../../lib/db/client';
import { restoreBackup, verifyBackup } from '../../lib/restore';
import { MINUTE } from '../helpers/clock';
import { createDatabase, removeDirectory, temporaryDirectory } from '../helpers/database';
import { eventually } from '../helpers/eventually';
import { expectOrderedTimelines, expectTotalsToAdd } from '../helpers/ledger';
import { importAtDesk, outgrowingRow } from '../helpers/portfolio';
import { openRuntime, type TestRuntime } from '../helpers/runtime';

let directory: string;
const opened: TestRuntime[] = [];
beforeEach(async () => {
  directory = await temporaryDirectory();
});
afterEach(async () => {
  for (const desk of opened.splice(0)) await desk.close();
  await removeDirectory(directory);
});

async function open(dataDir: string): Promise<TestRuntime> {
  const desk = await openRuntime({ dataDir, env: { HEADROOM_DISPATCH_BACKOFF_MS: '10' } });
  opened.push(desk);
  return desk;
}

async function close(desk: TestRuntime): Promise<void> {
  opened.splice(opened.indexOf(desk), 1);
  await desk.close();
}

/** A desk on a directory of its own, with open opportunities. */
async function openDesk(name: string, accounts: number): Promise<{ desk: TestRuntime; ids: string[] }> {
  const dataDir = path.join(directory, name);
  await mkdir(dataDir);
  await createDatabase(dataDir);
  const desk = await open(dataDir);
  await importAtDesk(
    desk.runtime,
    Array.from({ length: accounts }, (_, index) => outgrowingRow(`a-${index}`)),
  );
  const ids = await desk.db.read.opportunity.findMany({ where: { status: 'open' }, select: { id: true } });
  return { desk, ids: ids.map(({ id }) => id) };
}

function configOf(dataDir: string, port = '0') {
  return loadConfig({ NODE_ENV: 'test', HEADROOM_DATA_DIR: dataDir, PORT: port });
}

function backUp(desk: TestRuntime, target: string, withSecret = true): Promise<BackupMade> {
  return createBackup({ config: desk.config, target, withSecret, keep: null, now: new Date() });
}

function restore(dataDir: string, file: string) {
  return restoreBackup({ config: configOf(dataDir), file, now: new Date() });
}

async function tree(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true })).filter((name) => !name.endsWith('-shm')).sort();
}

describe('a backup of a desk that is being written to', () => {
  it('has everything acknowledged before it, and a desk starts on it and goes on', { timeout: 60_000 }, async () => {
    const { desk, ids } = await openDesk('source', 120);
    expect(ids).toHaveLength(120);
    const acknowledged: string[] = [];
    let before = Number.POSITIVE_INFINITY;
    const clients = Array.from({ length: 6 }, async (_, client) => {
      for (let index = client; index < ids.length; index += 6) {
        const outcome = await desk.runtime.desk.dispatch(ids[index] ?? '', 'dana');
        if (outcome.outcome !== 'gated') acknowledged.push(outcome.dispatchId);
        // The rest of the writing goes on while the backup is made.
        if (index > 40) await new Promise((resolve) => setTimeout(resolve, 5));
      }
    });
    await expect.poll(() => acknowledged.length, { timeout: 20_000 }).toBeGreaterThan(30);
    before = acknowledged.length;
    const made = await backUp(desk, `${directory}/backups/`);
    const after = acknowledged.length;
    await Promise.all(clients);
    expect(after, 'dispatches went on during the backup').toBeGreaterThan(before);
    expect(acknowledged).toHaveLength(120);
    expect(await readdir(`${directory}/backups`)).toEqual([path.basename(made.file)]);
    expect((await stat(made.file)).mode & 0o777).toBe(0o600);

    const target = path.join(directory, 'elsewhere');
    expect((await restore(target, made.file)).aside).toBeNull();
    const restored = await open(target);
    const rows = await restored.db.read.dispatch.findMany();
    const known = new Set(rows.map(({ id }) => id));
    for (const id of acknowledged.slice(0, before)) expect(known).toContain(id);
    expect(rows).toHaveLength(made.manifest.dispatches);
    const check = await restored.db.read.$queryRaw<{ integrity_check: string }[]>`PRAGMA integrity_check`;
    expect(check).toEqual([{ integrity_check: 'ok' }]);
    await expectOrderedTimelines(restored.db);
    await expectTotalsToAdd(restored.db);
    // A draft for each dispatch that says so, byte for byte, and none of a dispatch that it does not know.
    const drafted = rows.filter(({ state }) => state === 'drafted');
    for (const { draftLocation } of drafted) {
      const [there, here] = await Promise.all(
        ['source', 'elsewhere'].map((name) => readFile(path.join(directory, name, 'drafts', draftLocation ?? ''))),
      );
      expect(here).toEqual(there);
    }
    for (const name of (await tree(path.join(target, 'drafts'))).filter((one) => one.endsWith('.eml'))) {
      const text = await readFile(path.join(target, 'drafts', name), 'latin1');
      expect(known).toContain(/^x-headroom-dispatch: (.+)$/im.exec(text)?.[1]?.trim());
    }
    expect(await readFile(path.join(target, 'secret'), 'utf8')).toBe(
      await readFile(path.join(directory, 'source', 'secret'), 'utf8'),
    );
    // What came after the backup is done again, once.
    for (const id of ids) await restored.runtime.desk.dispatch(id, 'dana');
    // An attempt that the copy caught in the middle has a lease of this very process, which runs out.
    restored.clock.advance(MINUTE);
    await restored.runtime.start();
    await eventually(async () => {
      restored.clock.advance(MINUTE);
      return (await restored.db.read.dispatch.count({ where: { state: 'drafted' } })) === 120;
    }, 'every dispatch to come to its draft');
    const drafts = (await tree(path.join(target, 'drafts'))).filter((one) => one.endsWith('.eml'));
    expect(drafts).toHaveLength(120);
  });

  it('can be opened with ordinary tools', async () => {
    const { desk } = await openDesk('source', 2);
    const made = await backUp(desk, path.join(directory, 'one.tar.gz'));
    const target = path.join(directory, 'unpacked');
    await mkdir(target);
    execFileSync('tar', ['xzf', made.file, '-C', target]);
    expect(execFileSync('sha256sum', ['-c', 'SHA256SUMS'], { cwd: target, encoding: 'utf8' })).toMatch(
      /headroom\.db: OK/,
    );
    const manifest = JSON.parse(await readFile(path.join(target, 'manifest.json'), 'utf8')) as object;
    expect(manifest).toMatchObject({ format: 'headroom.backup/1', accounts: 2, version: '0.1.0' });
  });

  it('leaves the secret out where it is told to, and the one that is there stays', async () => {
    const { desk } = await openDesk('source', 1);
    const made = await backUp(desk, path.join(directory, 'one.tar.gz'), false);
    const target = path.join(directory, 'target');
    await mkdir(target);
    await writeFile(path.join(target, 'secret'), 'the one that was there, 32 characters');
    expect((await restore(target, made.file)).manifest.withSecret).toBe(false);
    expect(await readFile(path.join(target, 'secret'), 'utf8')).toMatch(/^the one that was there/);
  });

  it('takes no file’s place, and keeps as many as it is told', async () => {
    const { desk } = await openDesk('source', 1);
    const file = path.join(directory, 'one.tar.gz');
    await backUp(desk, file);
    await expect(backUp(desk, file)).rejects.toMatchObject({ code: 'conflict' });
    const target = path.join(directory, 'many');
    await mkdir(target);
    await writeFile(path.join(target, 'headroom-of-mine.tar.gz'), '');
    for (let day = 1; day <= 4; day += 1) {
      const now = new Date(Date.UTC(2026, 0, day));
      await createBackup({ config: desk.config, target, withSecret: true, keep: 2, now });
    }
    expect(await readdir(target)).toEqual([
      'headroom-2026-01-03T000000Z.tar.gz',
      'headroom-2026-01-04T000000Z.tar.gz',
      'headroom-of-mine.tar.gz',
    ]);
  });

  it('is not there at all where it could not be made', async () => {
    const { desk } = await openDesk('source', 1);
    await close(desk);
    const database = path.join(directory, 'source', 'headroom.db');
    const content = await readFile(database);
    content.fill(0x5a, 8_192, 16_384);
    await writeFile(database, content);
    const target = path.join(directory, 'backups');
    await expect(backUp(desk, `${target}/`)).rejects.toThrow();
    expect(await readdir(target)).toEqual([]);
    const gone = createBackup({
      config: { ...desk.config, databaseUrl: 'file:/nonexistent/headroom.db' },
      target,
      withSecret: true,
      keep: null,
      now: new Date(),
    });
    await expect(gone).rejects.toMatchObject({ code: 'invalid_input' });
    expect(await readdir(target)).toEqual([]);
  });
});

describe('a restore', () => {
  let file: string;
  let target: string;
  beforeEach(async () => {
    const { desk, ids } = await openDesk('source', 3);
    await desk.runtime.desk.dispatch(ids[0] ?? '', 'dana');
    file = path.join(directory, 'backup.tar.gz');
    await backUp(desk, file);
    await close(desk);
    target = path.join(directory, 'target');
  });

  it('keeps what was there before', async () => {
    const { desk, ids } = await openDesk('target', 7);
    await desk.runtime.desk.dispatch(ids[0] ?? '', 'dana');
    await close(desk);
    const { aside } = await restore(target, file);
    const before = await openDatabase(`file:${path.join(aside ?? '', 'headroom.db')}`);
    expect(await before.read.account.count()).toBe(7);
    await before.close();
    expect((await tree(path.join(aside ?? '', 'drafts'))).filter((name) => name.endsWith('.eml'))).toHaveLength(1);
    const now = await open(target);
    expect(await now.db.read.account.count()).toBe(3);
    expect((await readdir(target)).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('refuses while a desk has the database open, which goes on as if nothing had been', async () => {
    const { desk, ids } = await openDesk('target', 2);
    const before = await tree(target);
    await expect(restore(target, file)).rejects.toMatchObject({ code: 'conflict', remedy: 'Stop it first.' });
    expect(await tree(target)).toEqual(before);
    const outcome = await desk.runtime.desk.dispatch(ids[0] ?? '', 'dana');
    expect(outcome.outcome).not.toBe('gated');
    expect(await desk.db.read.dispatch.count()).toBe(1);
  });

  it('takes the place of a database that is damaged', async () => {
    await mkdir(target);
    await writeFile(path.join(target, 'headroom.db'), Buffer.alloc(8_192, 0x5a));
    await writeFile(path.join(target, 'headroom.db-wal'), Buffer.alloc(100, 0x5a));
    const { aside } = await restore(target, file);
    expect(await readdir(aside ?? '')).toEqual(['headroom.db', 'headroom.db-wal']);
    const desk = await open(target);
    expect(await desk.db.read.account.count()).toBe(3);
  });

  /** The same backup with one entry's bytes changed, compressed anew: only its own sums can tell. */
  async function tampered(change: (tar: Buffer) => Buffer): Promise<string> {
    const other = path.join(directory, 'tampered.tar.gz');
    await writeFile(other, gzipSync(change(gunzipSync(await readFile(file)))));
    return other;
  }
  const entryAt = (tar: Buffer, name: string) => tar.indexOf(`${name}\0`);

  it.each([
    ['cut off', async (other: string) => truncate(other, (await stat(file)).size - 20)],
    ['cut off in the middle', async (other: string) => truncate(other, Math.floor((await stat(file)).size / 2))],
    ['empty', (other: string) => truncate(other, 0)],
    ['no archive', (other: string) => writeFile(other, 'no archive')],
  ])('refuses a backup that is %s, and changes nothing', async (_, damage) => {
    const other = path.join(directory, 'damaged.tar.gz');
    await copyFile(file, other);
    await damage(other);
    await expect(restore(target, other)).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(verifyBackup({ config: configOf(target), file: other })).rejects.toMatchObject({
      code: 'invalid_input',
    });
    expect(await readdir(target)).toEqual([]);
  });

  it.each([
    ['a byte of the database', (tar: Buffer) => tar.fill(tar[100_000] === 1 ? 2 : 1, 100_000, 100_001), 'headroom.db'],
    [
      'a digit of a draft',
      (tar: Buffer) => {
        const at = tar.indexOf('drafts/') + 512 + 200;
        return tar.fill(tar[at] === 65 ? 66 : 65, at, at + 1);
      },
      'drafts/',
    ],
    [
      'a count',
      (tar: Buffer) => Buffer.from(tar.toString('latin1').replace('"accounts": 3', '"accounts": 4'), 'latin1'),
      'manifest.json',
    ],
    [
      'a name',
      (tar: Buffer) => {
        const at = entryAt(tar, 'secret');
        tar.write('secreX', at);
        tar.write(
          `${(Number.parseInt(tar.toString('latin1', at + 148, at + 154), 8) - 116 + 88).toString(8).padStart(6, '0')}`,
          at + 148,
        );
        return tar;
      },
      'secreX',
    ],
    ['the end', (tar: Buffer) => tar.subarray(0, entryAt(tar, 'SHA256SUMS')), 'not whole'],
  ])('refuses a backup in which %s was changed', async (_, change, named) => {
    const other = await tampered(change);
    await expect(restore(target, other)).rejects.toThrow(named);
    expect(await readdir(target)).toEqual([]);
  });

  it('refuses a backup of a newer version', async () => {
    const config = { ...configOf(target), prismaDirectory: path.join(directory, 'prisma') };
    const migrations = path.join(config.prismaDirectory, 'sqlite', 'migrations', '20261122000000_initial');
    await mkdir(migrations, { recursive: true });
    await expect(restoreBackup({ config, file, now: new Date() })).rejects.toThrow(/newer than this one/);
    expect(await verifyBackup({ config: configOf(target), file })).toMatchObject({ accounts: 3, dispatches: 1 });
  });

  it('is for SQLite: what PostgreSQL has is said', async () => {
    const config = { ...configOf(target), databaseUrl: 'postgres://localhost/headroom' };
    await expect(restoreBackup({ config, file, now: new Date() })).rejects.toMatchObject({
      remedy: expect.stringContaining('pg_restore') as string,
    });
    await expect(
      createBackup({ config, target: directory, withSecret: true, keep: null, now: new Date() }),
    ).rejects.toMatchObject({ remedy: expect.stringContaining('pg_dump') as string });
  });
});
