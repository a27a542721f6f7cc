// npm run reset-password -- <email>: prints a link to a new password, for whoever cannot get in any more.
import { createLinks } from '../lib/access/links';
import { loadConfig } from '../lib/config';
import { openDatabase } from '../lib/db/client';

const email = process.argv[2]?.trim().toLowerCase();
if (!email?.includes('@')) {
  console.error('Usage: npm run reset-password -- <email>');
  process.exit(2);
}
const config = loadConfig();
const db = await openDatabase(config.databaseUrl);
try {
  const user = await db.read.user.findUnique({ where: { email } });
  if (!user) {
    console.error(`There is no user ${email}. Start the server: while there is nobody, it prints a set-up link.`);
    process.exitCode = 1;
  } else {
    // Whoever reads the data directory may come in: a locked-out admin must not stay out.
    if (user.disabledAt) await db.write.user.update({ where: { id: user.id }, data: { disabledAt: null } });
    const links = createLinks(
      db,
      () => new Date(),
      () => config.publicUrls[0] ?? `http://localhost:${config.port}`,
    );
    const { link, expiresAt } = await links.make({ kind: 'reset', userId: user.id, createdBy: 'system' });
    console.log(`Open this link for a new password; it works once, until ${expiresAt}:\n${link}`);
  }
} finally {
  await db.close();
}
