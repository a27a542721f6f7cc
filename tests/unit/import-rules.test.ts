import { describe, expect, it } from 'vitest';
import { findForbiddenImports, forbiddenImportsOf } from '../../scripts/import-rules';

describe('who may import what', () => {
  it('holds in the whole tree', () => {
    expect(findForbiddenImports(process.cwd())).toEqual([]);
    // It parses every source file.
  }, 30_000);

  it.each([
    ['lib/domain/gates.ts', "import { readFile } from 'node:fs/promises';"],
    ['lib/domain/gates.ts', "import type { HealthStore } from '../ports';"],
    ['lib/domain/gates.ts', "import * as z from 'zod';"],
    ['lib/errors.ts', "import { createLogger } from './logger';"],
    ['lib/contracts.ts', "import type { Gate } from './domain/gates';"],
    ['lib/ports.ts', "import { evaluateGates } from './domain/gates';"],
    ['lib/ports.ts', "import { AppError } from './errors';"],
    ['lib/agents/sales.ts', "import { openDatabase } from '../db/client';"],
    ['lib/agents/sales.ts', "import type { SalesItem } from '../contracts';"],
    ['lib/agents/sales.ts', "import nodemailer from 'nodemailer';"],
    ['lib/adapters/mail/eml.ts', "import { readCsv } from '../accounts/read-csv';"],
    ['lib/adapters/mail/eml.ts', "import { createSalesAgent } from '../../agents/sales';"],
    ['lib/adapters/mail/eml.ts', "import { loadConfig } from '../../config';"],
    ['lib/db/settings.ts', "import { accountItem } from '../contracts';"],
    ['lib/db/settings.ts', "import { createEmlDrafts } from '../adapters/mail/eml';"],
    ['lib/scheduler.ts', "import { createJobRunner } from './job-runner';"],
    ['lib/job-runner.ts', "import cron from 'node-cron';"],
    ['lib/desk.ts', "import { getRuntime } from './runtime';"],
    ['lib/desk.ts', "import { withRoute } from './http';"],
    ['lib/http.ts', "import { openDatabase } from './db/client';"],
    ['prisma/sample/load.ts', "import { openDatabase } from '../../lib/db/client';"],
    ['instrumentation.ts', "const { loadConfig } = await import('./lib/config');"],
    ['app/api/v1/runs/route.ts', "import { createReads } from '@/lib/reads';"],
    ['app/api/v1/runs/route.ts', "import { useRuns } from '@/app/agents/queries';"],
    ['app/accounts/page.tsx', "import { openDatabase } from '@/lib/db/client';"],
    ['app/accounts/page.tsx', "import { opportunitiesQuery } from '../opportunities/queries';"],
    ['app/accounts/[id]/moved.tsx', "import { getRuntime } from '@/lib/runtime';"],
    ['app/accounts/[id]/moved.tsx', "import { assessHealth } from '@/lib/domain/health-score';"],
    ['app/accounts/[id]/moved.tsx', "import { publish } from '@/lib/ports';"],
    ['app/accounts/[id]/moved.tsx', "import { readFile } from 'node:fs/promises';"],
    ['app/accounts/[id]/moved.tsx', "import { DispatchTable } from '@/app/dispatches/dispatch-table';"],
    ['app/_components/button.tsx', "import { useAccounts } from '../accounts/queries';"],
    ['app/_lib/format.ts', "import { Button } from '../_components/button';"],
    ['app/_lib/format.ts', "export { AppError } from '@/lib/errors';"],
    ['app/_lib/format.ts', "type Level = import('@/lib/errors').AppError;"],
    ['app/_lib/format.ts', 'const found = await import(name);'],
    ['app/_lib/format.ts', "const found = require('@/lib/runtime');"],
    ['lib/elsewhere/new-folder.ts', 'export const value = 1;'],
  ])('refuses %s: %s', (file, text) => {
    expect(forbiddenImportsOf(file, text)).toHaveLength(1);
  });

  it.each([
    ['lib/domain/gates.ts', "import { createHash } from 'node:crypto';\nimport { formatMoney } from './format';"],
    ['lib/ports.ts', "import { type Gate, type GateCode } from './domain/gates';"],
    ['lib/adapters/mail/eml.ts', "import { toMime } from './mime';\nimport type { MailDrafts } from '../../ports';"],
    ['lib/db/settings.ts', "import type { AccountItem } from '../contracts';"],
    ['app/accounts/[id]/page.tsx', "import { openPage } from '@/lib/page';\nimport { Moved } from './moved';"],
    ['app/accounts/[id]/moved.tsx', "import { accountQuery } from '../queries';"],
    ['app/layout.tsx', "import './globals.css';\nimport { Providers } from './providers';"],
  ])('allows %s: %s', (file, text) => {
    expect(forbiddenImportsOf(file, text)).toEqual([]);
  });
});
