import { randomBytes } from 'node:crypto';
import type { InvitationItem, LinkMade, LinkRedeem, SessionItem, UserItem, UserPatch } from '../contracts';
import { readActorNames } from '../db/actor-names';
import type { Database } from '../db/client';
import type { Prisma } from '../db/generated/sqlite/client';
import { newId } from '../db/ids';
import type { Role } from '../domain/access';
import { AppError, type FieldIssue } from '../errors';
import { type Auth, PASSWORD_LENGTH } from './auth';
import { digestOf } from './digest';
import type { Link, Links } from './links';

/** The address of whoever looks at the demo; no mail can reach it (RFC 2606). */
const DEMO_EMAIL = 'demo@headroom.example';
const CREDENTIAL = 'credential';

/** The users of the desk, their invitations and their sessions. */
export function createPeople({
  db,
  auth,
  links,
  clock,
}: {
  db: Database;
  auth: Auth;
  links: Links;
  clock: () => Date;
}) {
  async function createUser(person: { email: string; name: string; role: Role; password: string }): Promise<string> {
    const password = await (await auth.$context).password.hash(person.password);
    const { email, name, role } = person;
    const [id, now] = [newId(), clock()];
    const times = { createdAt: now, updatedAt: now };
    await db.write.user.create({
      data: {
        ...{ id, email, name, role, emailVerified: true, ...times },
        authAccounts: { create: { id: newId(), accountId: id, providerId: CREDENTIAL, password, ...times } },
      },
    });
    return id;
  }

  async function setPassword(userId: string, plain: string): Promise<void> {
    const password = await (await auth.$context).password.hash(plain);
    const now = clock();
    const key = { providerId: CREDENTIAL, accountId: userId };
    await db.write.authAccount.upsert({
      where: { providerId_accountId: key },
      create: { id: newId(), ...key, userId, password, createdAt: now, updatedAt: now },
      update: { password, updatedAt: now },
    });
  }

  async function readUser(id: string, client: Pick<Prisma.TransactionClient, 'user'> = db.write) {
    const user = await client.user.findUnique({ where: { id } });
    if (!user) throw new AppError('not_found', `There is no user "${id}".`);
    return user;
  }

  /** @throws AppError `conflict` where nobody could administer the desk any more. */
  async function checkOtherAdmin(id: string, client: Pick<Prisma.TransactionClient, 'user'>): Promise<void> {
    const others = await client.user.count({ where: { id: { not: id }, role: 'admin', disabledAt: null } });
    if (others > 0) return;
    throw new AppError('conflict', 'This is the last admin.', { remedy: 'Make somebody else an admin first.' });
  }

  /** @returns the address and password to sign in with. */
  async function admit(link: Link, given: LinkRedeem): Promise<{ email: string; password: string; userId: string }> {
    switch (link.kind) {
      case 'demo': {
        const password = randomBytes(24).toString('base64url');
        const known = await db.write.user.findUnique({ where: { email: DEMO_EMAIL } });
        const userId =
          known?.id ?? (await createUser({ email: DEMO_EMAIL, name: 'Demo admin', role: 'admin', password }));
        if (known) await setPassword(userId, password);
        return { email: DEMO_EMAIL, password, userId };
      }
      case 'reset': {
        const { password } = required(given, ['password']);
        const user = await readUser(link.userId ?? '');
        await setPassword(user.id, password);
        await db.write.session.deleteMany({ where: { userId: user.id } });
        await db.write.signInThrottle.deleteMany({ where: { key: digestOf(`email:${user.email}`) } });
        return { email: user.email, password, userId: user.id };
      }
      case 'invitation':
      case 'setup': {
        const { name, password } = required(given, ['name', 'password']);
        const email = link.email ?? required(given, ['email']).email;
        const role = link.kind === 'setup' ? 'admin' : (link.role ?? 'viewer');
        if (await db.write.user.findUnique({ where: { email } })) {
          throw new AppError('conflict', 'Somebody with this address is a user already.', {
            remedy: 'Sign in, or ask an admin for a link to a new password.',
          });
        }
        return { email, password, userId: await createUser({ email, name, role, password }) };
      }
    }
  }

  return {
    count: () => db.write.user.count(),

    /** Uses a link up. @returns what to sign in with. */
    async redeem(given: LinkRedeem): Promise<{ link: Link; email: string; password: string; userId: string }> {
      const link = await links.find(given.secret);
      if (given.password !== undefined) checkPassword(given.password, link.email ?? given.email ?? '');
      await links.consume(link.id);
      try {
        return { link, ...(await admit(link, given)) };
      } catch (error) {
        await links.giveBack(link.id);
        throw error;
      }
    },

    async list(): Promise<UserItem[]> {
      const users = await db.read.user.findMany({
        orderBy: { name: 'asc' },
        include: {
          authAccounts: { select: { providerId: true } },
          sessions: { select: { createdAt: true }, orderBy: { createdAt: 'desc' }, take: 1 },
        },
      });
      return users.map((user) => ({
        id: user.id,
        email: user.email,
        name: user.name,
        role: user.role as Role,
        disabledAt: user.disabledAt?.toISOString() ?? null,
        createdAt: user.createdAt.toISOString(),
        lastSignInAt: user.sessions[0]?.createdAt.toISOString() ?? null,
        methods: user.authAccounts.map(({ providerId }) => (providerId === CREDENTIAL ? 'credential' : 'google')),
      }));
    },

    /**
     * Whoever may no longer sign in loses every session with the same commit. Looking for another admin is part of it:
     * two who take the role from each other at once must not both succeed.
     */
    async change(id: string, { name, role, disabled }: UserPatch): Promise<void> {
      const loses = disabled === true || (role !== undefined && role !== 'admin');
      await db.exclusive(async (tx) => {
        const user = await readUser(id, tx);
        if (user.role === 'admin' && user.disabledAt === null && loses) await checkOtherAdmin(id, tx);
        const now = clock();
        await tx.user.update({
          where: { id },
          data: {
            ...(name === undefined ? {} : { name }),
            ...(role === undefined ? {} : { role }),
            ...(disabled === undefined ? {} : { disabledAt: disabled ? now : null }),
            updatedAt: now,
          },
        });
        if (disabled) await tx.session.deleteMany({ where: { userId: id } });
      });
    },

    /**
     * Deletes what the desk knows of a person: user, passwords, sessions, invitations, and the addresses that their
     * actions came from. What they did stays, under an id that names nobody.
     */
    async remove(id: string): Promise<void> {
      await db.exclusive(async (tx) => {
        const user = await readUser(id, tx);
        if (user.role === 'admin' && user.disabledAt === null) await checkOtherAdmin(id, tx);
        await tx.oneTimeLink.deleteMany({ where: { OR: [{ email: user.email }, { userId: id }] } });
        await tx.signInThrottle.deleteMany({ where: { key: digestOf(`email:${user.email}`) } });
        await tx.auditEvent.updateMany({ where: { actor: `user:${id}`, ip: { not: null } }, data: { ip: null } });
        await tx.user.delete({ where: { id } });
      });
    },

    async makeResetLink(id: string, createdBy: string): Promise<LinkMade> {
      await readUser(id);
      return links.make({ kind: 'reset', userId: id, createdBy });
    },

    async invite(email: string, role: Role, createdBy: string): Promise<LinkMade> {
      if (await db.write.user.findUnique({ where: { email } })) {
        throw new AppError('conflict', 'Somebody with this address is a user already.', {
          remedy: 'Change their role in the list of people instead.',
        });
      }
      return links.make({ kind: 'invitation', email, role, createdBy });
    },

    async invitations(): Promise<InvitationItem[]> {
      const rows = await db.read.oneTimeLink.findMany({
        where: { kind: 'invitation', usedAt: null },
        orderBy: { createdAt: 'desc' },
        take: 200,
      });
      const names = await readActorNames(
        db,
        rows.map((row) => row.createdBy),
      );
      const now = clock();
      return rows.map((row) => ({
        id: row.id,
        email: row.email ?? '',
        role: row.role as Role,
        createdBy: names(row.createdBy),
        createdAt: row.createdAt.toISOString(),
        expiresAt: row.expiresAt.toISOString(),
        expired: row.expiresAt <= now,
      }));
    },

    async withdrawInvitation(id: string): Promise<void> {
      const { count } = await db.write.oneTimeLink.deleteMany({ where: { id, kind: 'invitation', usedAt: null } });
      if (count === 0) throw new AppError('not_found', `There is no open invitation "${id}".`);
    },

    async sessions(userId: string, current: string | null): Promise<SessionItem[]> {
      const rows = await db.read.session.findMany({
        where: { userId, expiresAt: { gt: clock() } },
        orderBy: { createdAt: 'desc' },
      });
      return rows.map((row) => ({
        id: row.id,
        current: row.id === current,
        createdAt: row.createdAt.toISOString(),
        expiresAt: row.expiresAt.toISOString(),
        ip: row.ipAddress || null,
        userAgent: row.userAgent || null,
      }));
    },

    async revokeSession(userId: string, id: string): Promise<void> {
      const { count } = await db.write.session.deleteMany({ where: { id, userId } });
      if (count === 0) throw new AppError('not_found', 'There is no such session of yours.');
    },

    /** Every other session of the person ends. */
    async changePassword(userId: string, current: string, next: string, keepSession: string | null): Promise<void> {
      const user = await readUser(userId);
      const account = await db.write.authAccount.findFirst({ where: { userId, providerId: CREDENTIAL } });
      const { password } = await auth.$context;
      const right = account?.password ? await password.verify({ hash: account.password, password: current }) : false;
      if (!right) throw invalid([{ path: 'currentPassword', message: 'is not your password' }]);
      checkPassword(next, user.email, 'newPassword');
      await setPassword(userId, next);
      await db.write.session.deleteMany({ where: { userId, ...(keepSession ? { id: { not: keepSession } } : {}) } });
    },
  };
}

function required<Key extends 'name' | 'email' | 'password'>(
  given: LinkRedeem,
  keys: readonly Key[],
): Record<Key, string> {
  const missing = keys.filter((key) => given[key] === undefined);
  if (missing.length > 0) throw invalid(missing.map((path) => ({ path, message: 'is needed for this link' })));
  return given as Record<Key, string>;
}

/** Length is what matters (NIST SP 800-63B); what an attacker tries first is refused. */
function checkPassword(password: string, email: string, path = 'password'): void {
  const lower = password.toLowerCase();
  const [local = ''] = email.split('@');
  const obvious =
    (email !== '' && lower.includes(email)) ||
    (local.length > 3 && lower.includes(local)) ||
    lower.includes('headroom');
  if (obvious || new Set(password).size < 5) {
    throw invalid([
      { path, message: 'is too easy to guess: leave out your address, the product’s name and repetitions' },
    ]);
  }
  if (password.length < PASSWORD_LENGTH.min) throw invalid([{ path, message: 'is too short' }]);
}

function invalid(issues: FieldIssue[]): AppError {
  return new AppError('invalid_input', issues.map(({ path, message }) => `${path} ${message}`).join('; '), { issues });
}
